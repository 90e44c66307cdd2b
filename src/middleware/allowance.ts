/** So many a second, and as many more at once after a quiet time. */
export class Allowance {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #at: number;

  /** @param now monotonic milliseconds */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#most = perSecond * 2;
    this.#left = this.#most;
    this.#at = now;
  }

  /** Whether one more is within it. @param now monotonic milliseconds */
  takes(now: number): boolean {
    const earned = (Math.max(0, now - this.#at) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#most, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
