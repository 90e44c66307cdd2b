import { inRange, type SketchData } from './sketch.ts';

/** Room beyond what is needed now, so that a distribution that widens slowly is not copied each time. */
const SPARE = 16;

/**
 * A sum of many sketches, in a stretch of counters that is as long as the distribution is wide: times of one operation lie
 * within a few hundred buckets, so adding a sketch is cheap and a sum takes a kilobyte.
 */
export class SketchSum {
  /** Bucket of the first counter. */
  #first = 0;
  #counts = new Float64Array(0);

  /** @param data as an instance reported it: buckets that no sketch has count at its ends */
  add(data: SketchData): void {
    for (let at = 0; at + 1 < data.length; at += 2) this.#count(inRange(data[at] ?? 0), data[at + 1] ?? 0);
  }

  addSum(other: SketchSum): void {
    const { length } = other.#counts;
    if (length === 0) return;
    this.#makeRoom(other.#first);
    this.#makeRoom(other.#first + length - 1);
    const offset = other.#first - this.#first;
    for (let place = 0; place < length; place += 1)
      this.#counts[place + offset] = (this.#counts[place + offset] ?? 0) + (other.#counts[place] ?? 0);
  }

  /** In the form in which sketches are stored. */
  data(): SketchData {
    const data: number[] = [];
    for (const [place, count] of this.#counts.entries()) if (count > 0) data.push(this.#first + place, count);
    return data;
  }

  #count(bucket: number, count: number): void {
    this.#makeRoom(bucket);
    const place = bucket - this.#first;
    this.#counts[place] = (this.#counts[place] ?? 0) + count;
  }

  #makeRoom(bucket: number): void {
    const { length } = this.#counts;
    const end = this.#first + length;
    if (length > 0 && bucket >= this.#first && bucket < end) return;
    const first = length === 0 || bucket < this.#first ? bucket - SPARE : this.#first;
    const grown = new Float64Array(Math.max(bucket + 1 + SPARE, length === 0 ? bucket : end) - first);
    grown.set(this.#counts, length === 0 ? 0 : this.#first - first);
    this.#first = first;
    this.#counts = grown;
  }
}
