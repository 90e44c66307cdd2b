const MOST_BAD = 10;
const PAUSE_MS = 10_000;

/**
 * Stops shadowing an operation whose shadow does nothing but fail, and looks again after a while.
 *
 *   closed ──▶ open        so many in a row timed out or failed
 *   open ──▶ trial         after a pause: one call is let through
 *   trial ──▶ closed       it ended well
 *   trial ──▶ open         it did not
 */
export class Breaker {
  #bad = 0;
  /** Closed as long as this is not set; monotonic milliseconds. */
  #openUntil: number | undefined;

  admits(now: number): boolean {
    if (this.#openUntil === undefined) return true;
    if (now < this.#openUntil) return false;
    // A trial that never comes back is followed by another one.
    this.#openUntil = now + PAUSE_MS;
    return true;
  }

  ended(isGood: boolean, now: number): void {
    this.#bad = isGood ? 0 : this.#bad + 1;
    if (isGood) this.#openUntil = undefined;
    else if (this.#bad >= MOST_BAD) this.#openUntil = now + PAUSE_MS;
  }
}
