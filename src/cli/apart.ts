import { type ChildProcess, fork } from 'node:child_process';
import { type Clock, CutoverError, type ErrorCode } from '../kernel/index.ts';

/** Between two signs of life of a process apart, milliseconds. */
export const ALIVE_MS = 250;

/** What a process apart says besides its answers. `alive` comes while it waits; a blocked thread keeps it from saying so. */
export type Sign =
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'failed';
      /** `null` for what is no refusal of ours: the application's own code threw. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly hint: string | null;
    };

/** Why no answer comes any more: it blocks its thread, takes too long, or is gone. */
export class Silence extends Error {}

export type ApartOptions = { readonly cwd: string; readonly clock: Clock; readonly signal: AbortSignal };

/**
 * A process in which the application's own code runs, which may hang, exit or print. One question at a time. It is to be
 * killed at the end in any case: what it runs may not end by itself.
 */
export class Apart<Question extends object, Reply extends { readonly kind: string }> {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #heardAt: number;

  /** @param script run in the folder `cwd`; what it prints goes to standard error */
  constructor(script: URL, { cwd, clock, signal }: ApartOptions) {
    this.#child = fork(script, { cwd, stdio: ['ignore', 2, 2, 'ipc'] });
    this.#clock = clock;
    this.#signal = signal;
    this.#heardAt = clock.monotonic();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The next reply. @throws Silence when nothing at all is heard for `silenceMs`, it takes longer than `mostMs`, or it ends */
  ask(question: Question, silenceMs: number, mostMs = Infinity): Promise<Reply> {
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
      const onMessage = (reply: Reply | Sign): void => {
        this.#heardAt = this.#clock.monotonic();
        // What the script at the other end is typed to send.
        if (reply.kind !== 'alive') settle(() => resolve(reply as Reply));
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

/** The refusal that a process apart has sent. @param unable makes one of what is no refusal of ours */
export function refusalOf(
  { code, message, hint }: Extract<Sign, { kind: 'failed' }>,
  unable: (why: string) => CutoverError,
): CutoverError {
  return code === null ? unable(message) : new CutoverError(code, message, hint === null ? {} : { hint });
}
