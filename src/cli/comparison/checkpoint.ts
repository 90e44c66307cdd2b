import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CutoverError, describeError } from '../../kernel/index.ts';
import type { Progress } from './progress.ts';

/** What a checkpoint is of. With another of these it is another comparison. */
export type CheckpointOf = {
  readonly plan: string;
  readonly repository: string;
  /** SHA-256 of the file that opens both sides; of what that imports nothing is known. */
  readonly file: string;
  readonly operations: readonly string[];
};

type Stored = {
  readonly schema: typeof SCHEMA;
  /** SHA-256 of `body`. */
  readonly sum: string;
  readonly body: string;
};
type Body = { readonly of: CheckpointOf; readonly writer: string; readonly progress: Progress };

const SCHEMA = 'cutover.comparison-checkpoint/1';

/**
 * How far a comparison got, in a file that is replaced as a whole: whoever is killed between two writes goes on at the
 * earlier one.
 */
export class Checkpoint {
  readonly #path: string;
  readonly #of: CheckpointOf;
  readonly #writer: string;

  /** @param writer names this process: two at once would each count a part of the calls */
  constructor(path: string, of: CheckpointOf, writer: string) {
    this.#path = path;
    this.#of = of;
    this.#writer = writer;
  }

  /** What was kept; `undefined` when there is nothing. @throws CutoverError `CHECKPOINT_INVALID` for what is broken */
  read(): Progress | undefined {
    return this.#body()?.progress;
  }

  /** @throws CutoverError `CHECKPOINT_INVALID` when what was kept is of another comparison, so that it cannot go on */
  refuseOther(): void {
    const of = this.#body()?.of;
    for (const [name, what] of DIFFERS)
      if (JSON.stringify(of?.[name]) !== JSON.stringify(this.#of[name]))
        throw this.#invalid(`${what} since it was written`);
  }

  /** Takes the file over. */
  begin(progress: Progress): void {
    this.#write(progress);
  }

  /** @throws CutoverError `CHECKPOINT_INVALID` when somebody else has taken the file over */
  save(progress: Progress): void {
    const writer = this.#body()?.writer;
    if (writer !== this.#writer) throw this.#invalid('another comparison has taken it over');
    this.#write(progress);
  }

  #body(): Body | undefined {
    if (!existsSync(this.#path)) return undefined;
    try {
      const stored = JSON.parse(readFileSync(this.#path, 'utf8')) as Partial<Stored> | null;
      if (stored?.schema !== SCHEMA || typeof stored.body !== 'string')
        throw new Error('it is no checkpoint');
      if (stored.sum !== sumOf(stored.body)) throw new Error('it is broken');
      // Written by this program, as its sum says.
      return JSON.parse(stored.body) as Body;
    } catch (error) {
      throw this.#invalid(describeError(error));
    }
  }

  #write(progress: Progress): void {
    const body = JSON.stringify({ of: this.#of, writer: this.#writer, progress } satisfies Body);
    const stored: Stored = { schema: SCHEMA, sum: sumOf(body), body };
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      const file = openSync(`${this.#path}.new`, 'w');
      try {
        writeSync(file, JSON.stringify(stored));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      throw new CutoverError('USAGE', `${this.#path} cannot be written: ${describeError(error)}`, {
        hint: 'name a file in a folder that may be written to: --checkpoint',
        cause: error,
      });
    }
  }

  #invalid(why: string): CutoverError {
    return new CutoverError('CHECKPOINT_INVALID', `${this.#path}: ${why}`, {
      hint: 'begin anew with --restart, or name another file with --checkpoint',
    });
  }
}

const DIFFERS = [
  ['plan', 'the plan is another one'],
  ['repository', 'the repository is another one'],
  ['operations', 'the operations are others'],
  ['file', 'the file that opens both sides has changed'],
] as const;

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
