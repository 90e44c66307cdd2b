import { awaitVerified as verify } from '../engine/index.ts';
import { StatusReader, type StatusDocument } from '../report/index.ts';
import type { Context } from './command.ts';
import { databasesOf } from './databases.ts';
import { effectsOf, measuresOf, probesOf } from './effects.ts';
import { holderName } from './identity.ts';
import type { Session } from './session.ts';

/**
 * Waits until a rollback is verified, acting as the controller if there is none.
 *
 * @throws CutoverError `TIMEOUT` with the instances that are missing
 */
export async function awaitVerified(
  context: Context,
  session: Session,
  timeoutMs: number,
): Promise<StatusDocument> {
  const { clock, signal } = context;
  const { store, plan, environment, stream } = session;
  await verify({
    store,
    clock,
    stream,
    holder: holderName(),
    effects: effectsOf(session.config, context.env),
    databases: databasesOf(session.config, context),
    probes: probesOf(context.env),
    measures: measuresOf(session.config, context.env),
    leaseMs: plan.leaseMs,
    timeoutMs,
    signal,
    onVerified: () => context.io.progress('taken back and verified; looking at the databases'),
  });
  return new StatusReader(store, clock, plan, environment).read();
}
