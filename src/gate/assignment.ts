import { pay, stake, capitalOf, type Capital } from './capital.ts';
import type { Tally } from './factors.ts';

/**
 * Whether keys are divided as the plan says. A share that is not kept means that something else than the hash chooses the
 * side: a client that cannot answer, a side that drops what it cannot serve. Then no comparison of sides is worth anything.
 */
export type Assignment = Capital;

/** How far the odds may be off: a tenth, a quarter, twice, four times, either way. */
const OFF: readonly number[] = [1.1, 1.25, 2, 4].flatMap((times) => [times, 1 / times]);
const MOST_EVIDENCE = 1e6;

export const NO_ASSIGNMENT: Assignment = stake(
  capitalOf(OFF.length),
  1,
  OFF.map(() => 1 / OFF.length),
);

/**
 * The evidence after one more look.
 *
 * @param seen how many new keys there were, and how many for the candidate: keys, since calls of one key come together
 * @param share what the plan gives the candidate in this look, 0..1
 */
export function assignmentAfter(before: Assignment, { calls: keys, hits }: Tally, share: number): Assignment {
  if (keys <= 0 || share <= 0 || share >= 1) return before;
  const factors = OFF.map((off) => Math.exp(hits * Math.log(off) - keys * Math.log1p(share * (off - 1))));
  return pay(before, factors, MOST_EVIDENCE);
}
