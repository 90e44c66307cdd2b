import { inRange, type SketchData } from './sketch.ts';

/**
 * A sketch as it is kept for long: the first bucket, then the counts of it and of those behind it; `-n` stands for n empty
 * ones. Times of one operation lie close together, so most buckets take the digits of their count and a comma.
 */
export type PackedSketch = readonly number[];

export function packSketch(data: SketchData): PackedSketch {
  const packed: number[] = [];
  let next = 0;
  for (let at = 0; at + 1 < data.length; at += 2) {
    const [bucket = 0, count = 0] = [data[at], data[at + 1]];
    if (packed.length === 0) packed.push(bucket);
    else if (bucket > next) packed.push(next - bucket);
    packed.push(count);
    next = bucket + 1;
  }
  return packed;
}

/** What was packed; of numbers that nobody packed, as much as makes sense. */
export function unpackSketch(packed: PackedSketch): SketchData {
  const data: number[] = [];
  let [bucket = 0] = packed;
  for (const count of packed.slice(1)) {
    if (count < 0) bucket -= Math.trunc(count);
    else {
      if (count > 0) data.push(inRange(bucket), count);
      bucket += 1;
    }
  }
  return data;
}
