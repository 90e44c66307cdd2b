/**
 * A latency sketch with a bounded relative error, in the manner of DDSketch (Masson, Rim, Lee, VLDB 2019): bucket i
 * holds values in (gamma^(i-1), gamma^i], so any value of a bucket is within 1 % of the one that stands for it.
 * Sketches of different instances and times add up bucket by bucket and lose nothing by it.
 */
const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const PER_LN = 1 / Math.log(GAMMA);

/** 1 µs, in milliseconds: anything faster counts as this. */
const LEAST_MS = 0.001;
/** 1 h, in milliseconds: anything slower counts as this. */
const MOST_MS = 3_600_000;

const FIRST = Math.ceil(Math.log(LEAST_MS) * PER_LN);
const BUCKETS = Math.ceil(Math.log(MOST_MS) * PER_LN) - FIRST + 1;

/** The bucket itself, or the nearest one that a sketch has: what was reported is what somebody sent. */
export function inRange(bucket: number): number {
  return Math.min(FIRST + BUCKETS - 1, Math.max(FIRST, Math.trunc(bucket)));
}

/** Bucket indexes and their counts, alternating: [index, count, index, count, …], indexes rising. */
export type SketchData = readonly number[];

/** Counts durations in a fixed 4.4 kB, whatever their number. */
export class LatencySketch {
  readonly #counts = new Uint32Array(BUCKETS);

  /** @param ms a duration in milliseconds; NaN counts as the shortest */
  record(ms: number): void {
    const clamped = ms > LEAST_MS ? (ms < MOST_MS ? ms : MOST_MS) : LEAST_MS;
    const index = Math.ceil(Math.log(clamped) * PER_LN) - FIRST;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** What was counted since the last drain, which starts counting from zero again. */
  drain(): SketchData {
    const data: number[] = [];
    const counts = this.#counts;
    for (let index = 0; index < BUCKETS; index += 1) {
      const count = counts[index];
      if (count !== undefined && count > 0) data.push(index + FIRST, count);
    }
    counts.fill(0);
    return data;
  }
}

/** The sketch of all that the given ones counted. */
export function mergeSketches(sketches: readonly SketchData[]): SketchData {
  const counts = new Map<number, number>();
  for (const data of sketches) {
    for (const [index, count] of buckets(data)) counts.set(index, (counts.get(index) ?? 0) + count);
  }
  return [...counts].toSorted(([a], [b]) => a - b).flat();
}

/** How many durations a sketch counted. */
export function sketchCount(data: SketchData): number {
  let sum = 0;
  for (const [, count] of buckets(data)) sum += count;
  return sum;
}

/** The q-quantile in milliseconds, within 1 %, or `undefined` of an empty sketch. @param q 0..1 */
export function quantile(data: SketchData, q: number): number | undefined {
  const rank = q * (sketchCount(data) - 1);
  let seen = 0;
  for (const [index, count] of buckets(data)) {
    seen += count;
    if (seen > rank) return representative(index);
  }
  return undefined;
}

/** Each duration that was counted, as the one that stands for its bucket, and how often. Milliseconds, rising. */
export function* sketchValues(data: SketchData): Generator<readonly [ms: number, count: number], void> {
  for (const [index, count] of buckets(data)) yield [representative(index), count];
}

function representative(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1);
}

/** How many durations were longer than this, to the bucket: the same limit cuts every sketch at the same place. */
export function countAbove(data: SketchData, ms: number): number {
  if (ms === Infinity) return 0;
  const limit = ms > 0 ? Math.round(Math.log((ms * (GAMMA + 1)) / 2) * PER_LN) : -Infinity;
  let sum = 0;
  for (const [index, count] of buckets(data)) if (index > limit) sum += count;
  return sum;
}

function* buckets(data: SketchData): Generator<readonly [index: number, count: number]> {
  for (let at = 0; at + 1 < data.length; at += 2) yield [data[at] ?? 0, data[at + 1] ?? 0];
}
