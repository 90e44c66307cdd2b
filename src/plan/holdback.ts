import type { ExposeStep } from './plan.ts';

/**
 * What the candidate is given by a step, 0..10000: its exposure without what is held back. Keys are exposed by where they
 * stand in 0..9999, so the last ones are held back: the same in every repository, and those that any exposure below
 * this one has not reached either. Nobody who was exposed before is moved back.
 */
export function servedExposure({
  exposure,
  holdback = 0,
}: Pick<ExposeStep, 'exposure' | 'holdback'>): number {
  return exposure - holdback;
}
