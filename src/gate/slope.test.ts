import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { median, robustSlope } from './slope.ts';

describe('the robust slope', () => {
  it('finds the slope of a line exactly, whatever its start', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000, max: 1_000 }),
        fc.integer({ min: -1_000, max: 1_000 }),
        fc.integer({ min: 2, max: 300 }),
        (slope, start, n) => {
          const points = Array.from({ length: n }, (_, x) => [x, start + slope * x] as const);
          const found = robustSlope(points);
          expect(found?.value).toBeCloseTo(slope, 6);
          expect(found?.low).toBeCloseTo(slope, 6);
          expect(found?.high).toBeCloseTo(slope, 6);
        },
      ),
    );
  });

  it('is not moved by a burst in a fifth of the points', () => {
    const points = Array.from({ length: 50 }, (_, x) => [x, x % 5 === 0 ? 1e9 : 100] as const);
    expect(Math.abs(robustSlope(points)?.value ?? NaN)).toBeLessThan(1);
  });

  it('is known to lie where it does in 95 of a hundred series of independent noise', () => {
    const random = seededRandom(3);
    let within = 0;
    for (let series = 0; series < 200; series += 1) {
      const points = Array.from({ length: 40 }, (_, x) => [x, 2 * x + 30 * (random() - 0.5)] as const);
      const found = robustSlope(points);
      if (found !== null && found.low <= 2 && found.high >= 2) within += 1;
      expect(found?.low).toBeLessThanOrEqual(found?.value ?? NaN);
      expect(found?.high).toBeGreaterThanOrEqual(found?.value ?? NaN);
    }
    // Four standard errors around 190.
    expect(within).toBeGreaterThanOrEqual(178);
    expect(within).toBeLessThan(200);
  });

  it('is hardly known from a few points', () => {
    const few = [5, 1, 8, 2, 9].map((value, x) => [x, value] as const);
    const found = robustSlope(few);
    expect(found?.low).toBeLessThan(0);
    expect(found?.high).toBeGreaterThan(0);
  });

  it('has no opinion on fewer than two times', () => {
    expect(robustSlope([])).toBeNull();
    expect(robustSlope([[1, 5]])).toBeNull();
    expect(
      robustSlope([
        [1, 5],
        [1, 9],
      ]),
    ).toBeNull();
  });

  it('takes the mean of the two in the middle as the median of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNull();
  });
});
