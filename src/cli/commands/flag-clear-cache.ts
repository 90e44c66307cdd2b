import { StatusReader, type StatusDocument } from '../../report/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { durationOption } from '../given.ts';
import { answer } from '../io.ts';
import { counted } from '../render/text.ts';
import { reading, type Session } from '../session.ts';
import { missingInstances, untilReached } from '../waiting.ts';

export const flagClearCache: Command = {
  name: 'flag clear-cache',
  summary: 'Wait until every live instance applies the newest flags. They fetch them by themselves.',
  options: [{ flags: '--timeout <duration>', summary: 'stop waiting after this (default: 30s)' }],
  examples: ['cutover flag clear-cache --environment production'],
  mutates: false,
  run: (context) => reading(context, (session) => waitForAll(context, session)),
};

const DEFAULT_TIMEOUT_MS = 30_000;

async function waitForAll(context: Context, session: Session): Promise<ExitCode> {
  const { io, clock, given } = context;
  const reader = new StatusReader(session.store, clock, session.plan, session.environment);
  const isApplied = (status: StatusDocument): boolean => missingInstances(status).length === 0;
  const timeoutMs = durationOption(given, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  const status = await untilReached(context, reader, isApplied, timeoutMs);
  const epoch = status.routing?.epoch ?? 0;
  const { length } = status.instances;
  answer(io, { schema: 'cutover.propagation/1', epoch, instances: status.instances }, () =>
    io.paint('good', `✔ ${counted(length, 'instance applies', 'instances apply')} epoch ${epoch}`),
  );
  return EXIT.ok;
}
