import type { Random } from '../kernel/index.ts';

/** Above so many expected hits, and as many misses, a count is as good as normal. */
const NORMAL_FROM = 25;
/** Calls that are asked one by one, where neither approximation holds. */
const ONE_BY_ONE = 200;

/** How many of `calls` are hits, each with probability `rate`: for simulations, where tails beyond a thousandth do not matter. */
export function drawHits(random: Random, calls: number, rate: number): number {
  if (calls <= 0 || rate <= 0) return 0;
  if (rate >= 1) return calls;
  if (rate > 0.5) return calls - drawHits(random, calls, 1 - rate);
  const mean = calls * rate;
  if (mean > NORMAL_FROM) {
    const hits = Math.round(mean + Math.sqrt(mean * (1 - rate)) * normal(random));
    return Math.min(calls, Math.max(0, hits));
  }
  if (calls <= ONE_BY_ONE) {
    let hits = 0;
    for (let call = 0; call < calls; call += 1) hits += random() < rate ? 1 : 0;
    return hits;
  }
  return Math.min(calls, drawCount(random, mean));
}

/** How many calls come where `mean` are expected. */
export function drawCount(random: Random, mean: number): number {
  if (mean > NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** By Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** P(Z > z) of the standard normal; Abramowitz and Stegun 7.1.26, error below 2e-7. */
export function upperTail(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = (poly * Math.exp((-z * z) / 2)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

/** The z with P(Z > z) = `tail`. */
export function tailPoint(tail: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
