import { ratioFactors, type Tally } from './factors.ts';

/** One side in one look: its calls, and how many of them counted as hits at the red and at the yellow limit. */
export type SideCounts = { readonly calls: number; readonly red: number; readonly yellow: number };

/** What happened since the look before, in whole numbers. No call is in two looks. */
export type Counts = {
  /** The exposure that is watched, by its step. Another one begins another stage. */
  readonly stage: string;
  /**
   * One for each repository that the candidate answered in. They are not added up where sides are compared: a repository
   * that is exposed farther than another one, and fails more often by nature, would look like a bad candidate.
   */
  readonly strata: readonly { readonly candidate: SideCounts; readonly control: SideCounts }[];
  /** Latency: control's percentile that was current when the limits were drawn, milliseconds. */
  readonly threshold: number | null;
  /** Mismatches: how many of the compared answers control would have given differently itself. Absent is none. */
  readonly noise?: number;
  /** Where an exposure is of instances: how many serve the candidate, and control's calls and red hits of each other one. */
  readonly instances: {
    readonly candidates: number;
    readonly control: Readonly<Record<string, readonly [calls: number, hits: number]>>;
  } | null;
};

export function sumOf({ strata }: Counts, side: 'candidate' | 'control', what: keyof SideCounts): number {
  let sum = 0;
  for (const stratum of strata) sum += stratum[side][what];
  return sum;
}

/** Far from infinity, which times nothing is no number. */
const MOST_PRODUCT = 1e150;

/** Each repository is a coin of its own; what they say together is the product. */
export function comparedFactors(
  { strata }: Counts,
  limit: 'red' | 'yellow',
  tolerance: number,
  sizes: readonly number[],
): readonly number[] {
  const tally = (side: SideCounts): Tally => ({ calls: side.calls, hits: side[limit] });
  const [first, ...others] = strata;
  if (first === undefined) return ratioFactors(NOBODY, NOBODY, tolerance, sizes);
  const one = ratioFactors(tally(first.candidate), tally(first.control), tolerance, sizes);
  if (others.length === 0) return one;
  const product = [...one];
  for (const { candidate, control } of others) {
    const factors = ratioFactors(tally(candidate), tally(control), tolerance, sizes);
    for (let index = 0; index < sizes.length; index += 1)
      product[index] = Math.min((product[index] ?? 1) * (factors[index] ?? 1), MOST_PRODUCT);
  }
  return product;
}

const NOBODY: Tally = { calls: 0, hits: 0 };
