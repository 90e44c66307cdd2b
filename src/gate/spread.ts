import type { Tally } from './factors.ts';

/** With fewer instances of control there is nothing to learn a spread from. */
const LEAST_INSTANCES = 3;
/** The 99.5 % point of the normal distribution, and how much farther out it is where few instances are known. */
const NORMAL_POINT = 2.576;
const FEW_INSTANCES = 2.2;

/**
 * How many times as often the candidate's instances may fail merely because instances differ. Where an exposure is of
 * instances, a machine with a bad neighbour stays the bad one through all looks, and no number of calls makes that go away.
 * What can be known is how far the instances of control lie apart: the factor that 99.5 % of identical instances keep.
 *
 * @param control one tally for each instance of control, over the whole stage
 * @param candidates how many instances serve the candidate
 * @returns at least 1
 */
export function spreadTolerance(control: readonly Tally[], candidates: number): number {
  const count = control.length;
  if (count < LEAST_INSTANCES || candidates < 1) return 1;
  const calls = control.reduce((sum, one) => sum + one.calls, 0);
  const hits = control.reduce((sum, one) => sum + one.hits, 0);
  if (hits === 0) return 1;
  const expected = control.map((one) => (one.calls / calls) * hits);
  const free = (count - 1) / count;
  const seen = control.reduce((sum, one, index) => sum + (one.hits - (expected[index] ?? 0)) ** 2, 0);
  const squares = expected.reduce((sum, one) => sum + one ** 2, 0);
  const variance = Math.max(0, seen - hits * free) / (squares * free);
  const point = NORMAL_POINT * (1 + FEW_INSTANCES / (count - 1));
  return Math.exp(point * Math.sqrt(variance * (1 / candidates + 1 / count)));
}
