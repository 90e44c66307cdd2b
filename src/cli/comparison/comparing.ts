import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Clock, CutoverError } from '../../kernel/index.ts';
import type { ComparedPart, OperationId, PartOptions, Position } from '../../testing/index.ts';
import { Apart, refusalOf, Silence } from '../apart.ts';
import type { Context } from '../command.ts';
import { textOption } from '../given.ts';
import type { Question, Reply } from './protocol.ts';
import type { ReplayedText } from './replayed.ts';

const FILES = ['ts', 'mts', 'mjs', 'js'].map((end) => `cutover.compare.${end}`);
/** Opening both sides may take a while; all of it together no longer than this, milliseconds. */
const LONGEST_OPEN_MS = 60_000;
/** A process that is silent for longer is blocked, milliseconds. */
const SILENCE_MS = 10_000;
const CLOSE_MS = 2_000;

const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** The file that --file names, or the one beside the configuration. @throws CutoverError `USAGE` when there is none */
export function comparisonFile({ given, cwd }: Context, configFile: string): string {
  const named = textOption(given, 'file');
  const all =
    named === undefined ? FILES.map((name) => resolve(dirname(configFile), name)) : [resolve(cwd, named)];
  const found = all.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CutoverError('USAGE', `there is no ${named ?? `${FILES[0]} beside ${configFile}`}`, {
    hint: 'write how both sides are opened, and their reads: docs/guide/compare.md',
    details: { lookedFor: all },
  });
}

/** A process that compares one repository. It is killed at the end in any case: what it runs may not end by itself. */
export class Comparing {
  readonly operations: readonly (OperationId & { readonly hasCalls: boolean })[];
  readonly #process: Apart<Question, Reply>;

  private constructor(
    process: Apart<Question, Reply>,
    operations: readonly (OperationId & { readonly hasCalls: boolean })[],
  ) {
    this.#process = process;
    this.operations = operations;
  }

  /** @throws CutoverError `COMPARISON_FAILED` when the file or its `open` fails; the refusals of `openComparison` */
  static async open(file: string, repository: string, clock: Clock, signal: AbortSignal): Promise<Comparing> {
    const script = new URL(`./process${ENDING}`, import.meta.url);
    const process = new Apart<Question, Reply>(script, { cwd: dirname(file), clock, signal });
    try {
      const reply = await process.ask({ kind: 'open', file, repository }, LONGEST_OPEN_MS, LONGEST_OPEN_MS);
      if (reply.kind !== 'opened') throw failed(file, reply);
      return new Comparing(process, reply.operations);
    } catch (error) {
      process.kill();
      throw error instanceof Silence ? unable(file, error.message) : error;
    }
  }

  async part(of: OperationId, from: Position, options: PartOptions): Promise<ComparedPart> {
    const reply = await this.#ask(of, { kind: 'part', of, from, options });
    if (reply.kind !== 'part') throw failed(nameOf(of), reply);
    return reply.part;
  }

  async replay(
    of: OperationId & { readonly id: string },
    args: readonly string[],
    rounds: number,
    timeoutMs: number,
  ): Promise<ReplayedText> {
    const reply = await this.#ask(of, { kind: 'replay', of, args, rounds, timeoutMs });
    if (reply.kind !== 'replayed') throw failed(nameOf(of), reply);
    return reply.replayed;
  }

  /** Lets the comparison's own close run, then ends the process. */
  async close(): Promise<void> {
    try {
      await this.#process.ask({ kind: 'close' }, CLOSE_MS, CLOSE_MS);
    } catch {
      // It is ended all the same, and what it found is known.
    } finally {
      this.kill();
    }
  }

  kill(): void {
    this.#process.kill();
  }

  async #ask(of: OperationId, question: Question): Promise<Reply> {
    try {
      return await this.#process.ask(question, SILENCE_MS);
    } catch (error) {
      throw error instanceof Silence ? unable(nameOf(of), error.message) : error;
    }
  }
}

function nameOf({ repository, operation }: OperationId): string {
  return `${repository}.${operation}`;
}

function failed(what: string, reply: Reply): CutoverError {
  if (reply.kind !== 'failed') return unable(what, `it answered ${reply.kind}`);
  return refusalOf(reply, (why) => unable(what, why));
}

function unable(what: string, why: string): CutoverError {
  return new CutoverError('COMPARISON_FAILED', `${what}: ${why}`, {
    hint: 'the comparison itself failed; correct it, and go on by the same command: what was compared is kept',
    details: { what },
  });
}
