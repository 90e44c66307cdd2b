/** A rate: so many at once, and so many a second after that. */
export type Rate = { readonly burst: number; readonly perSecond: number };

export type Bucket = { readonly left: number; readonly at: number };

/** Takes something out of a bucket that fills by itself; `undefined` when there is too little. @param now monotonic milliseconds */
export function take(bucket: Bucket | undefined, rate: Rate, now: number, amount = 1): Bucket | undefined {
  const left = filled(bucket, rate, now);
  return left < amount ? undefined : { left: left - amount, at: now };
}

function filled(bucket: Bucket | undefined, { burst, perSecond }: Rate, now: number): number {
  if (bucket === undefined) return burst;
  return Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
}

/** Keys that are remembered at a time: a flood of addresses must not fill the memory. */
const MOST_KEYS = 10_000;

/** A bucket for each key. Where there are too many keys the one that was asked for the longest ago is forgotten. */
export class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether there is as much left, which is taken. @param now monotonic milliseconds */
  take(key: string, now: number, amount = 1): boolean {
    const taken = take(this.#buckets.get(key), this.#rate, now, amount);
    if (taken === undefined) return false;
    this.#buckets.delete(key);
    this.#buckets.set(key, taken);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
    return true;
  }
}
