import { capitalOf, pay, stake, type Capital } from './capital.ts';
import type { Tally } from './factors.ts';

/**
 * The robust channel: the candidate against a slice of control of the same size, look by look, and only which of the two
 * failed more often. If the slices could be exchanged, that is a fair coin, however the errors come: in bursts, by the
 * hour, many from one cause. It is slow, since it does not see how much worse a look was.
 */
export type Matched = Capital;

/** Shares of what is owned that are put on "the candidate is worse". */
const BETS: readonly number[] = [0.05, 0.15, 0.35, 0.6, 0.9];
const MOST_EVIDENCE = 1e6;

export const NO_MATCHED: Matched = stake(
  capitalOf(BETS.length),
  1,
  BETS.map(() => 1 / BETS.length),
);

/** The evidence after one more look. Looks in which both failed as often, or nobody called, say nothing. */
export function matchedAfter(before: Matched, candidate: Tally, slice: Tally): Matched {
  if (candidate.calls <= 0 || slice.calls <= 0) return before;
  const sign = Math.sign(candidate.hits * slice.calls - slice.hits * candidate.calls);
  if (sign === 0) return before;
  return pay(
    before,
    BETS.map((bet) => 1 + sign * bet),
    MOST_EVIDENCE,
  );
}
