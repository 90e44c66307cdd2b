import type { Clock } from '../kernel/index.ts';

/** However fast a run's clock is, nobody is asked more often than this. Milliseconds. */
const LEAST_EVERY_MS = 1_000;

/** One answer: its number in the order of all answers, when it came, and how long it took. */
export type Sampled<A> = {
  readonly number: number;
  readonly at: number;
  readonly ms: number;
  readonly answer: A;
};

type Round<A> = {
  readonly askedAt: number;
  readonly isOpen: boolean;
  readonly samples: readonly Sampled<A>[];
};

/** How often and how something is asked. */
export type Rhythm = { readonly everyMs: number; readonly timeoutMs: number };

/**
 * Asks things again and again, each in its own rhythm and one question at a time. What it knows is gone with the process; a
 * look has it in the log.
 */
export class Rounds<A> {
  readonly #clock: Clock;
  readonly #rounds = new Map<string, Round<A>>();
  readonly #abort = new AbortController();
  #number = 0;
  #notBefore = 0;
  #timeScale = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on rhythms are on this clock. */
  scale(timeScale: number): void {
    this.#timeScale = timeScale;
  }

  /** Asks, if it is due. @param ask never rejects */
  turn(name: string, rhythm: Rhythm, keepMs: number, ask: (signal: AbortSignal) => Promise<A>): void {
    const now = this.#clock.monotonic();
    const before = this.#rounds.get(name);
    if (now < this.#notBefore || before?.isOpen === true) return;
    if (before !== undefined && now - before.askedAt < this.#everyMs(rhythm)) return;
    const kept = before?.samples ?? [];
    // Two are kept in any case: what grows is compared with what it was.
    const samples = kept.filter(({ at }, index) => at >= now - keepMs || index >= kept.length - 2);
    this.#rounds.set(name, { askedAt: now, isOpen: true, samples });
    void this.#ask(name, now, ask);
  }

  /** What is known now, and how late it is. */
  known(name: string, rhythm: Rhythm): { readonly samples: readonly Sampled<A>[]; readonly lateMs: number } {
    const now = this.#clock.monotonic();
    const round = this.#rounds.get(name);
    const age = now - (round?.samples.at(-1)?.at ?? round?.askedAt ?? now);
    const lateMs = age > this.#everyMs(rhythm) + rhythm.timeoutMs ? age : 0;
    return { samples: round?.samples ?? [], lateMs };
  }

  /** The number of the newest answer. */
  last(): number {
    return this.#number;
  }

  /** What was answered before is about something else. @param notBefore monotonic time before which nothing is asked */
  clear(notBefore = 0): void {
    this.#rounds.clear();
    this.#notBefore = notBefore;
  }

  stop(): void {
    this.#abort.abort(new Error('the controller was stopped'));
  }

  async #ask(name: string, askedAt: number, ask: (signal: AbortSignal) => Promise<A>): Promise<void> {
    const answer = await ask(this.#abort.signal);
    const at = this.#clock.monotonic();
    const now = this.#rounds.get(name);
    // Asked before what came before was forgotten: nobody's answer.
    if (now?.askedAt !== askedAt) return;
    this.#number += 1;
    const sample = { number: this.#number, at, ms: at - askedAt, answer };
    this.#rounds.set(name, { askedAt, isOpen: false, samples: [...now.samples, sample] });
  }

  #everyMs({ everyMs }: Rhythm): number {
    return this.#timeScale === 1 ? everyMs : Math.max(everyMs / this.#timeScale, LEAST_EVERY_MS);
  }
}
