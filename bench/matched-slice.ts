import { seededRandom } from '../src/kernel/index.ts';
import { binomial } from './draw.ts';
import type { Seen } from './worlds.ts';

/** Shares of what is owned that are put on "the candidate is worse". */
const BETS: readonly number[] = [0.05, 0.15, 0.35, 0.6, 0.9];
const ALPHA = 0.01;
const SEED = 97;

/**
 * The candidate against a slice of control of the same size, look by look, and only which of the two failed more often. If
 * the slices could be exchanged that is a fair coin, however the errors come. No gate uses it; docs/reference/statistics.md
 * says why, with the numbers that this makes.
 */
export function matchedSlice(): (seen: Seen) => boolean {
  const random = seededRandom(SEED);
  let owned = BETS.map(() => 1 / BETS.length);
  return ({ candidate, control }) => {
    const part = control.calls === 0 ? 0 : candidate.calls / control.calls;
    // Where the candidate serves more than half there is no slice of its size.
    if (part === 0 || part > 1) return false;
    const calls = binomial(random, control.calls, part);
    const errors = binomial(random, control.errors, part);
    const sign = Math.sign(candidate.errors * calls - errors * candidate.calls);
    owned = owned.map((amount, at) => amount * (1 + sign * (BETS[at] ?? 0)));
    return owned.reduce((sum, amount) => sum + amount, 0) >= 1 / ALPHA;
  };
}
