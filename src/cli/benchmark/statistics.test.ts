import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../kernel/index.ts';
import { judgeRatio, quantileOf, ratiosOf, type Ratio, type Rounds } from './statistics.ts';

const MEDIAN = [0.5];
const rounds = fc.array(
  fc.array(fc.double({ min: 0.001, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 8 }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

function ratio(over: Rounds, under: Rounds, seed = 1, paired = true): Ratio {
  const [found] = ratiosOf(over, under, MEDIAN, { paired, random: seededRandom(seed) });
  if (found === undefined) throw new Error('no ratio');
  return found;
}

/** Times of a machine that is slow for whole rounds, with a call far out now and then. */
function machine(random: Random, factor: number, slow: readonly number[]): Rounds {
  return slow.map((round) =>
    Array.from({ length: 10 }, () => factor * round * (1 + random() * 0.3) * (random() < 0.02 ? 50 : 1)),
  );
}

describe('a ratio of times', () => {
  it('is exactly one between a side and itself, and scales with a side', () => {
    fc.assert(
      fc.property(
        rounds,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.integer(),
        (times, factor, seed) => {
          expect(ratio(times, times, seed)).toEqual({ value: 1, low: 1, high: 1 });
          const scaled = ratio(
            times.map((round) => round.map((ms) => ms * factor)),
            times,
            seed,
          );
          for (const one of [scaled.value, scaled.low, scaled.high]) expect(one).toBeCloseTo(factor, 9);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('lies in its interval, and the same seed finds the same one', () => {
    fc.assert(
      fc.property(rounds, rounds, fc.integer(), fc.boolean(), (one, other, seed, paired) => {
        const length = Math.min(one.length, other.length);
        const [over, under] = [one.slice(0, length), other.slice(0, length)];
        const found = ratio(over, under, seed, paired);
        expect(found.low).toBeLessThanOrEqual(found.value);
        expect(found.high).toBeGreaterThanOrEqual(found.value);
        expect(ratio(over, under, seed, paired)).toEqual(found);
      }),
      { numRuns: 20 },
    );
  });

  it('says that the same code is the same in nineteen of twenty benchmarks, on a machine that stumbles', () => {
    const random = seededRandom(42);
    const all = Array.from({ length: 24 }, (_, seed) => {
      const slow = Array.from({ length: 30 }, () => (random() < 0.1 ? 3 : 1));
      return ratio(machine(random, 1, slow), machine(random, 1, slow), seed);
    });
    const wrong = all.filter(({ low, high }) => low > 1 || high < 1).length;
    expect(wrong).toBeLessThanOrEqual(3);
    // Narrow enough to be of use: a tenth is seen.
    expect(Math.max(...all.map(({ high, low }) => high - low))).toBeLessThan(0.2);
  });

  it('sees a side that is a tenth slower, in the median and not by the calls far out', () => {
    const random = seededRandom(7);
    const slow = Array.from({ length: 40 }, () => (random() < 0.2 ? 3 : 1));
    const found = ratio(machine(random, 1.1, slow), machine(random, 1, slow));
    expect(found.low).toBeGreaterThan(1);
    expect(found.value).toBeCloseTo(1.1, 1);
  });

  it('sees a tail that one call in ten has, where the median does not', () => {
    const random = seededRandom(3);
    const calls = (tail: number): Rounds =>
      Array.from({ length: 40 }, () =>
        Array.from({ length: 20 }, () => (random() < 0.1 ? tail : 1) * (1 + random() * 0.01)),
      );
    const [median, p95] = ratiosOf(calls(5), calls(1), [0.5, 0.95], { paired: true, random });
    expect(median?.high).toBeLessThan(1.02);
    expect(p95?.low).toBeGreaterThan(2);
  });
});

describe('a limit', () => {
  it('holds only when the whole interval is within it', () => {
    expect(judgeRatio({ value: 1, low: 0.9, high: 1.1 }, 1.1)).toBe('pass');
    expect(judgeRatio({ value: 1.05, low: 0.9, high: 1.2 }, 1.1)).toBe('insufficient');
    expect(judgeRatio({ value: 1.3, low: 1.2, high: 1.4 }, 1.1)).toBe('fail');
    expect(judgeRatio({ value: Number.NaN, low: Number.NaN, high: Number.NaN }, 2)).toBe('insufficient');
  });
});

it('takes quantiles of all calls, and none of no calls', () => {
  expect(quantileOf([[1, 2], [3]], 0.5)).toBe(2);
  expect(quantileOf([[1, 2]], 0.5)).toBe(1.5);
  expect(quantileOf([], 0.5)).toBeNaN();
});
