import { existsSync } from 'node:fs';
import { type Clock, CutoverError } from '../../kernel/index.ts';
import { markOf, readBeats, readLeases } from '../../store/index.ts';
import { type StreamState, type Problem, verifyState } from './verify.ts';

/** The state file that a restore would replace. */
export type Present = {
  /** `damaged`: something in it is not what a store wrote; what could be read is in `streams`. */
  readonly kind: 'missing' | 'damaged' | 'sound';
  readonly streams: readonly StreamState[];
  readonly problems: readonly Problem[];
  /** Changes with all that is written to it; `null` when SQLite cannot read who reports to it. */
  readonly mark: string | null;
};

/** @throws CutoverError `STORE_VERSION` for a file of another program or version, and where it cannot be judged */
export async function readPresent(file: string, clock: Clock): Promise<Present> {
  if (!existsSync(file)) return { kind: 'missing', streams: [], problems: [], mark: null };
  const mark = markIn(file);
  const { streams, problems } = await verifyState(file, clock);
  const version = problems.find(({ code }) => code === 'STORE_VERSION');
  if (version !== undefined)
    throw new CutoverError('STORE_VERSION', version.what, {
      hint: 'it is not overwritten: move it away by hand, or name the right file with --store',
    });
  return { kind: problems.length === 0 ? 'sound' : 'damaged', streams, problems, mark };
}

function markIn(file: string): string | null {
  try {
    readBeats(file);
    readLeases(file);
    return markOf(file);
  } catch (error) {
    // Locked and the like are told; what the content is worth is found out by reading it.
    if (error instanceof CutoverError && error.code !== 'STORE_CORRUPT') throw error;
    return null;
  }
}
