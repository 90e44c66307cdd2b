/** Calls of one side in one look, and how many of them are of the kind that is counted: failed, or slower than a limit. */
export type Tally = { readonly calls: number; readonly hits: number };

/** Effect sizes that are bet on, as multiples of what the claim allows. */
export const SIZES: readonly number[] = [1.06, 1.25, 1.5, 2, 3, 5, 10, 30];
/** How a stake is divided: a fault that harms many has to be found in seconds, a small one may take an hour. */
export const WEIGHTS: readonly number[] = [0.05, 0.07, 0.07, 0.08, 0.09, 0.14, 0.25, 0.25];

/** The same downwards, for the claim that the candidate is too bad. */
export const LESS_SIZES: readonly number[] = [1 / 1.06, 1 / 1.25, 1 / 1.6, 1 / 2.5, 1 / 8];
export const LESS_WEIGHTS: readonly number[] = [0.15, 0.25, 0.2, 0.2, 0.2];

/**
 * Likelihood ratios of one look for rates that are `size` times `tolerance` that of control, against `tolerance` times.
 *
 * Only one question is asked of the look: of all hits, how many are the candidate's? Given their number and given which
 * share of the calls it served in this very look, that is a coin of known odds. What both sides share cancels: the time
 * of day, a slow database, a ramp between two looks. Where calls fail often the true distribution is narrower than the
 * coin's, so nothing is claimed too early.
 *
 * @returns one factor for each size; none is above 1 on average while the ratio of rates is at most `tolerance`
 *   (at least it, for sizes below 1)
 */
export function ratioFactors(
  candidate: Tally,
  control: Tally,
  tolerance: number,
  sizes: readonly number[] = SIZES,
): readonly number[] {
  const hits = candidate.hits + control.hits;
  if (hits === 0 || candidate.calls <= 0 || control.calls <= 0) return evenly(sizes);
  const odds = (candidate.calls / control.calls) * tolerance;
  // p1/p0 = size (1 + odds) / (1 + size odds), q1/q0 = (1 + odds) / (1 + size odds)
  const factors: number[] = [];
  for (const size of sizes) {
    const common = Math.log((1 + odds) / (1 + size * odds));
    factors.push(finite(candidate.hits * Math.log(size) + hits * common));
  }
  return factors;
}

/**
 * Likelihood ratios of one look against a limit: the odds of a hit are `size` times those at the limit, against at it.
 *
 * @param limit share of calls, 0..1. At 0 one hit refutes the claim, at 1 nothing does.
 * @returns one factor for each size; none is above 1 on average while the rate is at most `limit` (at least, below 1)
 */
export function limitFactors(
  { calls, hits }: Tally,
  limit: number,
  sizes: readonly number[] = SIZES,
): readonly number[] {
  if (calls <= 0 || limit >= 1) return evenly(sizes);
  if (limit <= 0) return sizes.map((size) => (hits > 0 && size > 1 ? PROOF : 1));
  const factors: number[] = [];
  for (const size of sizes)
    factors.push(finite(hits * Math.log(size) - calls * Math.log1p(limit * (size - 1))));
  return factors;
}

/** Nothing was seen. Made once: most looks of most rows see none. */
const EVENLY: readonly number[] = SIZES.map(() => 1);

function evenly({ length }: readonly number[]): readonly number[] {
  return length <= EVENLY.length ? EVENLY : Array.from({ length }, () => 1);
}

/** What refutes a claim outright multiplies by this. */
const PROOF = 1e12;
/** A look in which everything fails would be infinite evidence, and nothing times infinity is no number. */
const MOST_EXPONENT = 100;

function finite(exponent: number): number {
  return Math.exp(Math.max(-MOST_EXPONENT, Math.min(exponent, MOST_EXPONENT)));
}
