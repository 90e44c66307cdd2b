import type { Clock } from '../kernel/index.ts';

/** How exact a deadline is, milliseconds. */
const EXACT_MS = 5;

export type Due = { readonly at: number; readonly late: () => void };

/** The timers of many calls at once: one of its own for each would cost more than all else that a call in the shadow does. */
export class Timers {
  readonly #clock: Clock;
  readonly #due = new Set<Due>();
  #turn: Promise<void> | undefined;
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A later turn of the event loop. Whoever waits for it goes on in its own asynchronous context. */
  later(): Promise<void> {
    return (this.#turn ??= this.#clock.sleep(0.001).then(() => {
      this.#turn = undefined;
    }));
  }

  /** Calls `late` when that time has come, or a few milliseconds after it. @param at monotonic milliseconds */
  add(due: Due): void {
    this.#due.add(due);
    this.#stop ??= this.#clock.every(EXACT_MS, () => this.#look());
  }

  forget(due: Due): void {
    this.#due.delete(due);
  }

  #look(): void {
    const now = this.#clock.monotonic();
    for (const due of this.#due) {
      if (due.at > now) continue;
      this.#due.delete(due);
      due.late();
    }
    if (this.#due.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
