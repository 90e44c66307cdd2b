import type { Clock } from '../kernel/index.ts';

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
export type Breaker = {
  /** @param now monotonic milliseconds */
  admits(now: number): boolean;
  ended(isGood: boolean): void;
};

export function breakerOf(clock: Clock): Breaker {
  let bad = 0;
  /** When the next one is let through, monotonic milliseconds. A trial that never comes back is followed by another one. */
  let next = 0;
  return {
    admits(now) {
      if (bad < MOST_BAD) return true;
      if (now < next) return false;
      next = now + PAUSE_MS;
      return true;
    },
    ended(isGood) {
      bad = isGood ? 0 : bad + 1;
      if (bad >= MOST_BAD) next = clock.monotonic() + PAUSE_MS;
    },
  };
}
