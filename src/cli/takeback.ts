import { Controller, dueCheck } from '../engine/index.ts';
import { CutoverError, formatDuration } from '../kernel/index.ts';
import { StatusReader, type StatusDocument } from '../report/index.ts';
import type { Context } from './command.ts';
import { databasesOf } from './databases.ts';
import { effectsOf, measuresOf, probesOf } from './effects.ts';
import { holderName } from './identity.ts';
import type { Session } from './session.ts';

/** Between two looks at whether the last instance acknowledged, milliseconds. */
const LOOK_MS = 50;

/**
 * Waits until a rollback is verified: every live instance acknowledged the epoch, or lost its lease. Acts as the
 * controller meanwhile if there is none.
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
  const done = new AbortController();
  const controller = new Controller({
    store,
    clock,
    stream,
    holder: holderName(),
    effects: effectsOf(session.config, context.env),
    databases: databasesOf(session.config, context),
    probes: probesOf(context.env),
    measures: measuresOf(session.config, context.env),
    leaseMs: plan.leaseMs,
  });
  const acting = controller.run(AbortSignal.any([signal, done.signal]));
  try {
    const reader = new StatusReader(store, clock, plan, environment);
    const verified = await Promise.race([pollVerified(context, reader, timeoutMs), failureOf(acting)]);
    if (dueCheck(await reader.state()) === null) return verified;
    context.io.progress('taken back and verified; looking at the databases');
    await acting;
    return reader.read();
  } finally {
    done.abort();
    // What it failed with was either thrown above or came after the answer was known.
    await acting.catch(() => {});
  }
}

async function pollVerified(
  { clock, signal }: Context,
  reader: StatusReader,
  timeoutMs: number,
): Promise<StatusDocument> {
  const began = clock.monotonic();
  for (;;) {
    const { rollback } = await reader.state();
    if (rollback?.done != null) return reader.read();
    if (clock.monotonic() - began > timeoutMs) throw timedOut(await reader.read(), timeoutMs);
    await clock.sleep(LOOK_MS, signal);
  }
}

/** Rejects when the controller fails; its orderly end is seen in the state. */
function failureOf(acting: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    acting.catch(reject);
  });
}

function timedOut(status: StatusDocument, timeoutMs: number): CutoverError {
  const epoch = status.routing?.epoch ?? 0;
  const missing = status.instances.filter(
    ({ liveness, acknowledged }) => liveness !== 'gone' && acknowledged < epoch,
  );
  const names = missing.map(({ instance }) => instance);
  return new CutoverError(
    'TIMEOUT',
    `not verified after ${formatDuration(timeoutMs)}; missing: ${names.join(', ') || 'none'}`,
    {
      hint: 'the flags are down; look at these instances, then: cutover status --watch',
      details: { missing: names, epoch },
    },
  );
}
