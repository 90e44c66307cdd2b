import type { Random } from '../src/kernel/index.ts';

/** How many of `n` calls are hits, each with probability `p`: exact, by the gaps between hits. */
export function binomial(random: Random, n: number, p: number): number {
  if (p <= 0 || n <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  const perGap = 1 / Math.log1p(-p);
  let hits = 0;
  for (let at = gap(random, perGap); at < n; at += 1 + gap(random, perGap)) hits += 1;
  return hits;
}

function gap(random: Random, perGap: number): number {
  return Math.floor(Math.log(1 - random()) * perGap);
}

/** Knuth's product, in parts: the mean of a part stays small enough for it. */
export function poisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 20) {
    const limit = Math.exp(-Math.min(left, 20));
    for (let product = random(); product > limit; product *= random()) count += 1;
  }
  return count;
}

/** Standard normal, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** P(Z > z) of the standard normal; Abramowitz and Stegun 7.1.26, error below 2e-7. */
export function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = (poly * Math.exp(-x * x)) / 2;
  return z >= 0 ? tail : 1 - tail;
}
