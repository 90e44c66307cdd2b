import type { Clock } from '../kernel/index.ts';

/**
 * How long ago something in the log was: by this process's monotonic clock since it was first seen here, and by the wall
 * clock for what had passed until then. A clock that jumps meanwhile changes nothing.
 */
export class Since {
  readonly #clock: Clock;
  #seen: { readonly seq: number; readonly at: number; readonly before: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param at wall clock of the event with this sequence */
  elapsed(seq: number, at: number): number {
    const now = this.#clock.monotonic();
    if (this.#seen?.seq !== seq) this.#seen = { seq, at: now, before: Math.max(0, this.#clock.now() - at) };
    return this.#seen.before + now - this.#seen.at;
  }
}
