import { mean } from './slope.ts';

/** Both tails of the normal distribution leave 95 %. */
const Z95 = 1.96;
/** Of fewer points nobody can say how far they scatter. */
const LEAST_POINTS = 3;

/**
 * Where the mean of a series lies with 95 % confidence. What a process says now is like what it said a second ago, so its points
 * count for fewer: n (1 - r) / (1 + r), where r is how much neighbours agree: the first autocorrelation, which a short series
 * shows as too low by (1 + 3 r) / n (Kendall 1954). Student's quantile by expansion: Abramowitz and Stegun 26.7.5.
 *
 * @returns `null` for fewer than three points
 */
export function rangeOfMean(values: readonly number[]): readonly [low: number, high: number] | null {
  const middle = mean(values);
  if (middle === null || values.length < LEAST_POINTS) return null;
  const off = values.map((value) => value - middle);
  const square = off.reduce((sum, one) => sum + one * one, 0);
  if (square === 0) return [middle, middle];
  const alike = off.reduce((sum, one, index) => sum + one * (off[index - 1] ?? 0), 0) / square;
  const agree = Math.min(0.99, Math.max(0, alike + (1 + 3 * alike) / values.length));
  const count = Math.max(2, (values.length * (1 - agree)) / (1 + agree));
  const half = studentAt(count - 1) * Math.sqrt(square / (values.length - 1) / count);
  return [middle - half, middle + half];
}

function studentAt(freedom: number): number {
  const cube = Z95 ** 3;
  return Z95 + (cube + Z95) / (4 * freedom) + (5 * Z95 ** 5 + 16 * cube + 3 * Z95) / (96 * freedom ** 2);
}
