import { CutoverError } from '../../kernel/index.ts';
import type { PartOptions } from '../../testing/index.ts';
import type { Context } from '../command.ts';
import { isOn } from '../given.ts';
import { counted } from '../render/text.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Comparing } from './comparing.ts';
import { beginning, nextOf, withPart, type Progress } from './progress.ts';

const ATTEMPTS = 4;
const PAUSE_MS = 500;
/** Between two lines about how far it is, milliseconds. */
const SAY_MS = 5_000;

export type Work = {
  readonly repository: string;
  readonly kept: Checkpoint | undefined;
  readonly options: PartOptions;
  readonly most: number;
};

/** One part after another. Each is kept before the next one begins. @returns how far it got, which is to the end unless `most` ended it */
export async function compareAll(
  context: Context,
  comparing: Comparing,
  { repository, kept, options, most }: Work,
  begun: Progress,
): Promise<Progress> {
  const { clock } = context;
  let progress = begun;
  let said = clock.monotonic();
  for (let next = nextOf(progress, most); next !== undefined; next = nextOf(progress, most)) {
    const { operation, position, left } = next;
    const size = Math.min(options.size, left);
    const part = await retried(context, () =>
      comparing.part({ repository, operation }, position, { ...options, size }),
    );
    progress = withPart(progress, operation, part);
    kept?.save(progress);
    if (clock.monotonic() - said < SAY_MS) continue;
    said = clock.monotonic();
    sayProgress(context, repository, operation, progress);
  }
  return progress;
}

/** A database that restarts is back in moments; nothing of a part that failed was counted. */
async function retried<T>({ clock, io, signal }: Context, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isLost = error instanceof CutoverError && error.code === 'CONNECTION_LOST';
      if (!isLost || attempt >= ATTEMPTS) throw error;
      io.progress(io.paintProgress('warning', `${error.message}; trying again`));
      await clock.sleep(PAUSE_MS * 2 ** (attempt - 1), signal);
    }
  }
}

function sayProgress({ io }: Context, repository: string, operation: string, { operations }: Progress): void {
  const one = operations.find((each) => each.operation === operation);
  if (one === undefined) return;
  const { calls, outcomes } = one.tally;
  const different = outcomes.different === 0 ? '' : `, ${outcomes.different} different`;
  io.progress(io.paintProgress('dim', `${repository}.${operation}: ${counted(calls, 'call')}${different}`));
}

/** What was kept goes on, unless it was at its end or is not wanted. */
export function beginOrGoOn(
  { given, clock, io }: Context,
  kept: Checkpoint | undefined,
  operations: readonly string[],
  most: number,
): Progress {
  const before = kept === undefined || isOn(given, 'restart') ? undefined : kept.read();
  const isOpen = before !== undefined && nextOf(before, most) !== undefined;
  const progress = isOpen
    ? { ...before, resumedAt: [...before.resumedAt, clock.now()] }
    : beginning(operations, clock.now());
  if (isOpen) {
    kept?.refuseOther();
    const calls = before.operations.reduce((sum, { tally }) => sum + tally.calls, 0);
    io.progress(`going on behind ${counted(calls, 'call')} that were compared before`);
  }
  kept?.begin(progress);
  return progress;
}
