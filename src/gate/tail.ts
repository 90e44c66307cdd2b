/** Beyond it the sum of logarithms would take longer than it is worth. */
const MOST_TERMS = 2_000;

/**
 * An upper bound of P(at least `hits` of `n`) where each is one with probability `p`, for `hits` above the mean: the first
 * term is exact, those behind it shrink at least as fast as their first ratio. For very many, Chernoff's bound.
 */
export function binomialTail(n: number, hits: number, p: number): number {
  if (hits <= n * p || p >= 1) return 1;
  if (p <= 0) return 0;
  if (hits > n) return 0;
  const share = hits / n;
  if (Math.min(hits, n - hits) > MOST_TERMS) {
    const distance = share * Math.log(share / p) + (1 - share) * Math.log((1 - share) / (1 - p));
    return Math.exp(-n * distance);
  }
  let log = hits * Math.log(p) + (n - hits) * Math.log1p(-p);
  const few = Math.min(hits, n - hits);
  for (let at = 1; at <= few; at += 1) log += Math.log((n - few + at) / at);
  const ratio = ((n - hits) * p) / ((hits + 1) * (1 - p));
  return Math.min(1, Math.exp(log) / (1 - ratio));
}
