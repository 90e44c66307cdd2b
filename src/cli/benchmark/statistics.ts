import type { Random } from '../../kernel/index.ts';

/** Times of one side, round by round, milliseconds. */
export type Rounds = readonly (readonly number[])[];

/** How much of another a time is, with the interval that holds the truth in 95 of 100 benchmarks. */
export type Ratio = { readonly value: number; readonly low: number; readonly high: number };

/** `insufficient`: the interval holds the limit, so more rounds have to decide. Only `pass` is green. */
export type LimitVerdict = 'pass' | 'fail' | 'insufficient';

/** Resamples of rounds. More change the third digit of an interval. */
const RESAMPLES = 400;
const CONFIDENCE = 0.95;

/** Between the two nearest ranks, as most programs do it. @param share 0..1 @param sorted ascending, not empty */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** The quantile of all calls of all rounds. `NaN` without any. */
export function quantileOf(rounds: Rounds, share: number): number {
  return quantile(Float64Array.from(rounds.flat()).sort(), share);
}

/**
 * Ratios of quantiles, by bootstrap over whole rounds: what slowed the machine down for a round slowed its neighbours
 * too, so single calls are no independent draws, rounds nearly are. With `paired`, the two sides of a round are drawn
 * together, since they ran beside each other.
 */
export function ratiosOf(
  over: Rounds,
  under: Rounds,
  shares: readonly number[],
  options: { readonly paired: boolean; readonly random: Random },
): readonly Ratio[] {
  const { paired, random } = options;
  const drawn = shares.map(() => new Array<number>());
  for (let again = 0; again < RESAMPLES; again += 1) {
    const first = draw(over.length, random);
    const one = pooled(over, first);
    const other = pooled(under, paired ? first : draw(under.length, random));
    for (const [index, share] of shares.entries())
      drawn[index]?.push(quantile(one, share) / quantile(other, share));
  }
  return shares.map((share, index) => {
    const value = quantileOf(over, share) / quantileOf(under, share);
    const sorted = Float64Array.from(drawn[index] ?? []).sort();
    const outside = (1 - CONFIDENCE) / 2;
    return {
      value,
      low: Math.min(value, quantile(sorted, outside)),
      high: Math.max(value, quantile(sorted, 1 - outside)),
    };
  });
}

/** What is not known to be within the limit is not within it. */
export function judgeRatio({ low, high }: Ratio, limit: number): LimitVerdict {
  if (high <= limit) return 'pass';
  return low > limit ? 'fail' : 'insufficient';
}

function draw(count: number, random: Random): readonly number[] {
  return Array.from({ length: count }, () => Math.floor(random() * count));
}

function pooled(rounds: Rounds, indexes: readonly number[]): Float64Array {
  return Float64Array.from(indexes.flatMap((index) => rounds[index] ?? [])).sort();
}
