import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { type Clock, CutoverError } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';
import { ALIVE_MS, type OperationName, type Question, type Reply } from './protocol.ts';

/** A process that is silent for this much longer than a call may take is blocked, milliseconds. */
const GRACE_MS = 2_000;
/** Making databases and filling them may take a while; all of it together no longer than this, milliseconds. */
const LONGEST_SETUP_MS = 120_000;

const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** Why no answer comes any more: it blocks its thread, or it is gone. */
class Silence extends Error {}

/** A process that measures. It is killed at the end in any case: what it runs may not end by itself. */
export class Measuring {
  readonly operations: readonly OperationName[];
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #heardAt: number;

  private constructor(
    child: ChildProcess,
    operations: readonly OperationName[],
    clock: Clock,
    signal: AbortSignal,
  ) {
    this.#child = child;
    this.operations = operations;
    this.#clock = clock;
    this.#signal = signal;
    this.#heardAt = clock.monotonic();
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
    const child = fork(new URL(`./process${ENDING}`, import.meta.url), {
      cwd: dirname(file),
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const starting = new Measuring(child, [], clock, signal);
    try {
      const reply = await starting.#ask({ kind: 'open', file, sides }, LONGEST_SETUP_MS, LONGEST_SETUP_MS);
      if (reply.kind !== 'opened') throw failed(file, reply);
      return new Measuring(child, reply.operations, clock, signal);
    } catch (error) {
      starting.kill();
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
      const reply = await this.#ask({ kind: 'measure', operation, batch }, batch.timeoutMs + GRACE_MS);
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
      await this.#ask({ kind: 'close' }, GRACE_MS, GRACE_MS);
    } catch {
      // It is ended all the same, and what it measured is known.
    } finally {
      this.kill();
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The next reply. @throws Silence when nothing at all is heard for `silenceMs`, it takes longer than `mostMs`, or it ends */
  #ask(question: Question, silenceMs: number, mostMs = Infinity): Promise<Exclude<Reply, { kind: 'alive' }>> {
    const child = this.#child;
    const began = this.#clock.monotonic();
    this.#heardAt = began;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        this.#signal.removeEventListener('abort', onAbort);
        stop();
        act();
      };
      const onMessage = (reply: Reply): void => {
        this.#heardAt = this.#clock.monotonic();
        if (reply.kind !== 'alive') settle(() => resolve(reply));
      };
      const onExit = (code: number | null, by: NodeJS.Signals | null): void =>
        settle(() => reject(new Silence(`the process ended by itself, with ${by ?? `exit code ${code}`}`)));
      const onAbort = (): void => settle(() => reject(this.#signal.reason));
      const stop = this.#clock.every(ALIVE_MS, () => {
        const now = this.#clock.monotonic();
        if (now - this.#heardAt > silenceMs)
          settle(() => reject(new Silence(`its thread was blocked for more than ${silenceMs} ms`)));
        else if (now - began > mostMs)
          settle(() => reject(new Silence(`it was not done within ${mostMs} ms`)));
      });
      child.on('message', onMessage);
      child.on('exit', onExit);
      this.#signal.addEventListener('abort', onAbort, { once: true });
      if (this.#signal.aborted) return onAbort();
      if (child.exitCode !== null || child.signalCode !== null)
        return onExit(child.exitCode, child.signalCode);
      // A process that is just gone is told of by its exit.
      child.send(question, () => {});
    });
  }
}

function failed(what: string, reply: Reply): CutoverError {
  if (reply.kind !== 'failed') return unable(what, `it answered ${reply.kind}`);
  if (reply.code === null) return unable(what, reply.message);
  return new CutoverError(reply.code, reply.message, reply.hint === null ? {} : { hint: reply.hint });
}

function unable(what: string, why: string): CutoverError {
  return new CutoverError('BENCHMARK_FAILED', `${what}: ${why}`, {
    hint: 'the benchmark itself failed, before anything was measured; correct it and try again',
    details: { file: what },
  });
}
