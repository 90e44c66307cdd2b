import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { rangeOfMean } from './steady-level.ts';

/** Noise of which each point keeps so much of the one before. */
function series(random: () => number, length: number, keeps: number): readonly number[] {
  const values: number[] = [];
  let at = 0;
  for (let index = -50; index < length; index += 1) {
    at = keeps * at + (random() + random() + random() - 1.5);
    if (index >= 0) values.push(at);
  }
  return values;
}

describe('where the mean of a series lies', () => {
  it.each([0, 0.5, 0.8])(
    'is right in 95 of a hundred series, also where each point keeps %s of the last',
    (keeps) => {
      const random = seededRandom(11);
      const runs = 1_000;
      const hits = Array.from({ length: runs }).filter(() => {
        const [low, high] = rangeOfMean(series(random, 120, keeps)) ?? [NaN, NaN];
        return low <= 0 && high >= 0;
      }).length;
      expect(hits / runs).toBeGreaterThan(0.92);
      expect(hits / runs).toBeLessThan(0.985);
    },
  );

  it('would be wrong for such series if their points were taken for independent', () => {
    const random = seededRandom(11);
    const isHit = (values: readonly number[]): boolean => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      return Math.abs(mean) <= (1.96 * spread) / Math.sqrt(values.length);
    };
    const hits = Array.from({ length: 1_000 }).filter(() => isHit(series(random, 120, 0.8))).length;
    expect(hits).toBeLessThan(600);
  });

  it('has the mean in it, moves and grows with the values, and is not known of two', () => {
    const values = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 3, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.integer({ min: -1_000, max: 1_000 }), (all, by) => {
        const [low, high] = rangeOfMean(all) ?? [NaN, NaN];
        const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
        expect(low).toBeLessThanOrEqual(mean + 1e-6);
        expect(high).toBeGreaterThanOrEqual(mean - 1e-6);
        const moved = rangeOfMean(all.map((value) => value + by)) ?? [NaN, NaN];
        expect(moved[0]).toBeCloseTo(low + by, 3);
        expect(moved[1]).toBeCloseTo(high + by, 3);
      }),
    );
    expect(rangeOfMean([1, 2])).toBeNull();
  });
});
