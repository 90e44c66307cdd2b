/** P(at least `hits` of `runs`) when each is one with probability `p`. */
function atLeast(runs: number, hits: number, p: number): number {
  let below = 0;
  let log = runs * Math.log1p(-p);
  for (let count = 0; count < hits; count += 1) {
    below += Math.exp(log);
    log += Math.log(runs - count) - Math.log(count + 1) + Math.log(p) - Math.log1p(-p);
  }
  return 1 - below;
}

/**
 * The one-sided lower bound of Clopper and Pearson: a rate below it would have given so many hits in fewer than
 * `1 - confidence` of all cases. Exact for any number.
 */
export function lowerBound(runs: number, hits: number, confidence = 0.95): number {
  if (hits === 0) return 0;
  let [low, high] = [0, hits / runs];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (atLeast(runs, hits, middle) > 1 - confidence) high = middle;
    else low = middle;
  }
  return low;
}
