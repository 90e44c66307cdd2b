import { CutoverError, suggest } from '../../kernel/index.ts';
import { environmentPhases } from '../../plan/index.ts';
import { StatusReader, type StatusDocument } from '../../report/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { durationOption, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { statusLine } from '../render/status.ts';
import { reading, type Session } from '../session.ts';
import { untilReached } from '../waiting.ts';

export const wait: Command = {
  name: 'wait',
  summary: 'Wait for a run that another process carries. Ends with 5 when it is taken back.',
  options: [
    { flags: '--for <what>', summary: 'done, gate, person, or phase=<id> (default: done)' },
    { flags: '--timeout <duration>', summary: 'stop waiting after this, with 6 (default: never)' },
  ],
  examples: [
    'cutover wait --environment production --for phase=canary --timeout 10m',
    'cutover wait --environment staging',
  ],
  mutates: false,
  run: (context) => reading(context, (session) => waitFor(context, session)),
};

type Condition = (status: StatusDocument) => boolean;

async function waitFor(context: Context, session: Session): Promise<ExitCode> {
  const { io, clock, given } = context;
  const isMet = conditionOf(textOption(given, 'for') ?? 'done', session);
  const isBack: Condition = ({ state }) => state === 'rolled-back' || state === 'rolling-back';
  const reader = new StatusReader(session.store, clock, session.plan, session.environment);
  const either: Condition = (status) => isMet(status) || isBack(status);
  const status = await untilReached(context, reader, either, durationOption(given, 'timeout') ?? null);
  const code = isBack(status) ? EXIT.rolledBack : EXIT.ok;
  answer(io, { schema: 'cutover.wait/1', reached: code === EXIT.ok, status }, () => statusLine(status));
  return code;
}

/** @throws CutoverError `USAGE` */
function conditionOf(text: string, { plan, environment }: Session): Condition {
  const [kind = '', id, ...more] = text.split('=');
  if (kind === 'phase' && id !== undefined && more.length === 0) {
    const known = environmentPhases(plan, environment).map((phase) => phase.id);
    if (!known.includes(id)) throw unknown(`phase "${id}"`, id, known);
    return ({ phases, run }) =>
      run !== null && phases.some((phase) => phase.id === id && phase.state !== 'ahead');
  }
  switch (text) {
    case 'done':
      return ({ state }) => state === 'completed';
    case 'gate':
      return ({ gate }) => gate?.verdict === 'pass';
    case 'person':
      return ({ state, waitingFor }) => state === 'paused' || (waitingFor ?? '').startsWith('a person');
    default:
      throw unknown(`"${text}"`, text, ['done', 'gate', 'person', 'phase=<id>']);
  }
}

function unknown(what: string, typed: string, known: readonly string[]): CutoverError {
  const near = suggest(typed, known);
  return new CutoverError('USAGE', `--for: there is no ${what} to wait for`, {
    hint: near === undefined ? `one of ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}
