import { operate, type OperatorRequest } from '../engine/index.ts';
import { StatusReader } from '../report/index.ts';
import type { StoredEvent } from '../store/index.ts';
import type { Context } from './command.ts';
import { eventText } from './event-text.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { lineOption } from './given.ts';
import { actorOf } from './identity.ts';
import { answer } from './io.ts';
import { statusLine } from './render/status.ts';
import type { Session } from './session.ts';

/** Who asks and why, from the options. The engine refuses an empty reason. */
export function byOf(context: Context, otherwise = ''): { readonly actor: string; readonly reason: string } {
  return { actor: actorOf(context), reason: lineOption(context.given, 'reason') ?? otherwise };
}

/** Carries out a person's request and says what it did and where that leaves the migration. */
export async function carryOut(
  context: Context,
  session: Session,
  request: OperatorRequest,
): Promise<ExitCode> {
  const { stored } = await operate(session.store, context.clock, session.stream, request);
  await reportOperation(context, session, request.kind, stored);
  return EXIT.ok;
}

export async function reportOperation(
  { io, clock }: Context,
  { store, plan, environment }: Session,
  operation: string,
  events: readonly StoredEvent[],
): Promise<void> {
  const status = await new StatusReader(store, clock, plan, environment).read();
  answer(io, { schema: 'cutover.operation/1', operation, events, status }, () => {
    const next = status.nextCommand === null ? [] : [`Next: ${status.nextCommand}`];
    return [...events.flatMap((event) => eventText(event) ?? []), statusLine(status), ...next].join('\n');
  });
}
