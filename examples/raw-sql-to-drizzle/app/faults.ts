import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can be made wrong with the candidate. Nothing is, while the file is missing or empty. */
export type FaultKnobs = {
  /** Extra time of every call, milliseconds. */
  readonly slowMs?: number;
  /** Share of calls that fail, 0..1. */
  readonly failRate?: number;
  /** The error's class; another one than before is a new error type. */
  readonly errorType?: string;
  /** Memory that is kept for ever while calls come in, bytes a second. */
  readonly leakBytesPerSecond?: number;
  /** Share of calls whose rows come back in the wrong order, 0..1. */
  readonly wrongRate?: number;
};

const POLL_MS = 100;

/** The knobs of the candidate, read again and again from a JSON file so that they can be turned while it runs. */
export class Faults {
  readonly #file: string | undefined;
  readonly #leaked: Buffer[] = [];
  #knobs: FaultKnobs = {};
  #leakedAt = performance.now();

  constructor(file: string | undefined) {
    this.#file = file;
    this.#read();
    if (file !== undefined) setInterval(() => this.#read(), POLL_MS).unref();
  }

  /** Runs a query of the candidate, and spoils it. */
  async around<T>(query: () => T | Promise<T>): Promise<T> {
    const { slowMs = 0, failRate = 0, errorType = 'InjectedFault', wrongRate = 0 } = this.#knobs;
    this.#leak();
    if (slowMs > 0) await sleep(slowMs);
    if (Math.random() < failRate)
      throw Object.assign(new Error('injected by the demonstration'), { name: errorType });
    const answer = await query();
    return Array.isArray(answer) && Math.random() < wrongRate ? (answer.toReversed() as T) : answer;
  }

  #leak(): void {
    const { leakBytesPerSecond = 0 } = this.#knobs;
    const now = performance.now();
    const bytes = Math.floor((leakBytesPerSecond * (now - this.#leakedAt)) / 1_000);
    this.#leakedAt = now;
    if (bytes > 0) this.#leaked.push(Buffer.alloc(bytes, 1));
  }

  #read(): void {
    if (this.#file === undefined) return;
    try {
      this.#knobs = JSON.parse(readFileSync(this.#file, 'utf8')) as FaultKnobs;
    } catch {
      this.#knobs = {};
    }
  }
}
