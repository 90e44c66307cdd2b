import { dirname } from 'node:path';
import { type Clock, CutoverError } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';
import { Apart, refusalOf, Silence } from '../apart.ts';
import type { OperationName, Question, Reply } from './protocol.ts';

/** A process that is silent for this much longer than a call may take is blocked, milliseconds. */
const GRACE_MS = 2_000;
/** Making databases and filling them may take a while; all of it together no longer than this, milliseconds. */
const LONGEST_SETUP_MS = 120_000;

const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** A process that measures. It is killed at the end in any case: what it runs may not end by itself. */
export class Measuring {
  readonly operations: readonly OperationName[];
  readonly #process: Apart<Question, Reply>;

  private constructor(process: Apart<Question, Reply>, operations: readonly OperationName[]) {
    this.#process = process;
    this.operations = operations;
  }

  /**
   * Starts a process in the folder of the file, in which `setup` makes these sides. What they print goes to standard error.
   *
   * @throws CutoverError `BENCHMARK_FAILED` when the file or `setup` fails; the refusals of `openBenchmark`
   */
  static async open(
    file: string,
    sides: readonly Side[],
    clock: Clock,
    signal: AbortSignal,
  ): Promise<Measuring> {
    const script = new URL(`./process${ENDING}`, import.meta.url);
    const process = new Apart<Question, Reply>(script, { cwd: dirname(file), clock, signal });
    try {
      const reply = await process.ask({ kind: 'open', file, sides }, LONGEST_SETUP_MS, LONGEST_SETUP_MS);
      if (reply.kind !== 'opened') throw failed(file, reply);
      return new Measuring(process, reply.operations);
    } catch (error) {
      process.kill();
      throw error instanceof Silence ? unable(file, error.message) : error;
    }
  }

  /**
   * Measures a batch. A side that blocks its thread or ends the process is a fault like any other, but nothing can be asked
   * behind it: `isLost` says so.
   *
   * @throws CutoverError what the benchmark itself does wrong
   */
  async measure(operation: number, batch: Batch): Promise<BatchTimes & { readonly isLost: boolean }> {
    try {
      const reply = await this.#process.ask(
        { kind: 'measure', operation, batch },
        batch.timeoutMs + GRACE_MS,
      );
      if (reply.kind !== 'measured') throw failed(this.operations[operation]?.name ?? 'the benchmark', reply);
      return { ...reply.result, isLost: false };
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
      const side = batch.order.length === 1 ? (batch.order[0] ?? null) : null;
      const message = `${this.operations[operation]?.name}: ${error.message}`;
      return { times: {}, fault: { kind: 'hangs', side, message }, isLost: true };
    }
  }

  /** Lets `setup`'s own close run, then ends the process. */
  async close(): Promise<void> {
    try {
      await this.#process.ask({ kind: 'close' }, GRACE_MS, GRACE_MS);
    } catch {
      // It is ended all the same, and what it measured is known.
    } finally {
      this.kill();
    }
  }

  kill(): void {
    this.#process.kill();
  }
}

function failed(what: string, reply: Reply): CutoverError {
  if (reply.kind !== 'failed') return unable(what, `it answered ${reply.kind}`);
  return refusalOf(reply, (why) => unable(what, why));
}

function unable(what: string, why: string): CutoverError {
  return new CutoverError('BENCHMARK_FAILED', `${what}: ${why}`, {
    hint: 'the benchmark itself failed, before anything was measured; correct it and try again',
    details: { file: what },
  });
}
