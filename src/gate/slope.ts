/** A slope and where it lies with 95 % confidence, were the points independent of each other. Value per millisecond. */
export type Slope = { readonly value: number; readonly low: number; readonly high: number };

/**
 * The slope of a series by Theil and Sen: the median of the slopes between all pairs of points. A quarter of the
 * points may be arbitrary (a garbage collection, a burst) without moving it far. At most `MOST_POINTS` points are
 * used, evenly taken, since the pairs grow with the square. Its confidence is Sen's, from the pairs that Kendall's test leaves.
 *
 * @returns `null` for fewer than two points at different times
 */
export function robustSlope(points: readonly (readonly [time: number, value: number])[]): Slope | null {
  const used = thin(points);
  const slopes: number[] = [];
  for (const [i, [t1, v1]] of used.entries()) {
    for (const [t2, v2] of used.slice(i + 1)) {
      if (t2 !== t1) slopes.push((v2 - v1) / (t2 - t1));
    }
  }
  const sorted = slopes.toSorted((a, b) => a - b);
  const value = middleOf(sorted);
  if (value === null) return null;
  const count = used.length;
  const half = (Z95 * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)) / 2;
  const at = (place: number): number =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(place)))] ?? value;
  return { value, low: at((sorted.length - 1) / 2 - half), high: at((sorted.length - 1) / 2 + half) };
}

/** Both tails of the normal distribution leave 95 %. */
const Z95 = 1.96;
const MOST_POINTS = 120;

function thin<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return step <= 1 ? points : points.filter((_, index) => index % step === 0);
}

export function median(values: readonly number[]): number | null {
  return middleOf(values.toSorted((a, b) => a - b));
}

function middleOf(sorted: readonly number[]): number | null {
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  const low = sorted[middle - 1];
  if (high === undefined) return null;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
