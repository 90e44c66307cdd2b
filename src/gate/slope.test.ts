import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
          expect(robustSlope(points)).toBeCloseTo(slope, 6);
        },
      ),
    );
  });

  it('is not moved by a burst in a fifth of the points', () => {
    const points = Array.from({ length: 50 }, (_, x) => [x, x % 5 === 0 ? 1e9 : 100] as const);
    expect(Math.abs(robustSlope(points) ?? NaN)).toBeLessThan(1);
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
