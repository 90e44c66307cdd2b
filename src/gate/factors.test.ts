import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capitalOf, pay, stake, worth } from './capital.ts';
import { LESS_SIZES, limitFactors, ratioFactors, SIZES } from './factors.ts';
import { spreadTolerance } from './spread.ts';

/** P(hits) of so many coins. */
function chance(n: number, hits: number, p: number): number {
  let log = hits * Math.log(p) + (n - hits) * Math.log1p(-p);
  for (let at = 1; at <= hits; at += 1) log += Math.log(n - hits + at) - Math.log(at);
  return Math.exp(log);
}

/** What the bettor has on average after one look, over every outcome that there is. */
function average(n: number, p: number, factorOf: (hits: number) => number): number {
  return Array.from({ length: n + 1 }, (_, hits) => chance(n, hits, p) * factorOf(hits)).reduce(
    (sum, one) => sum + one,
    0,
  );
}

const share = fc.double({ min: 0.02, max: 0.98, noNaN: true });
const few = fc.integer({ min: 1, max: 40 });

describe('bets against a claim', () => {
  it('on a ratio are fair at the tolerance and lose below it, for every number of hits', () => {
    fc.assert(
      fc.property(
        few,
        few,
        few,
        fc.constantFrom(1, 1.1, 1.5, 3),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (hits, calls, others, tolerance, below) => {
          const coin = (ratio: number): number => (calls * ratio) / (calls * ratio + others);
          SIZES.forEach((_, size) => {
            const factorOf = (mine: number): number =>
              ratioFactors({ calls, hits: mine }, { calls: others, hits: hits - mine }, tolerance)[size] ??
              NaN;
            expect(average(hits, coin(tolerance), factorOf)).toBeCloseTo(1, 6);
            expect(average(hits, coin(tolerance * below), factorOf)).toBeLessThanOrEqual(1 + 1e-9);
          });
          LESS_SIZES.forEach((_, size) => {
            const factorOf = (mine: number): number =>
              ratioFactors(
                { calls, hits: mine },
                { calls: others, hits: hits - mine },
                tolerance,
                LESS_SIZES,
              )[size] ?? NaN;
            expect(average(hits, coin(tolerance / below), factorOf)).toBeLessThanOrEqual(1 + 1e-9);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('on a limit are fair at the limit and lose below it, for every number of calls', () => {
    fc.assert(
      fc.property(few, share, fc.double({ min: 0.05, max: 1, noNaN: true }), (calls, limit, below) => {
        SIZES.forEach((_, size) => {
          const factorOf = (hits: number): number => limitFactors({ calls, hits }, limit)[size] ?? NaN;
          expect(average(calls, limit, factorOf)).toBeCloseTo(1, 6);
          expect(average(calls, limit * below, factorOf)).toBeLessThanOrEqual(1 + 1e-9);
        });
        LESS_SIZES.forEach((_, size) => {
          const factorOf = (hits: number): number =>
            limitFactors({ calls, hits }, limit, LESS_SIZES)[size] ?? NaN;
          expect(average(calls, Math.min(0.999, limit / below), factorOf)).toBeLessThanOrEqual(1 + 1e-9);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('on a ratio lose no less where many of few calls fail, which is a narrower coin', () => {
    // Of 12 calls 4 are the candidate's and 6 failed: the failed ones are drawn without putting back.
    const ways = (n: number, k: number): number => chance(n, k, 0.5) * 2 ** n;
    SIZES.forEach((_, size) => {
      let mean = 0;
      for (let mine = 0; mine <= 4; mine += 1) {
        const factor = ratioFactors({ calls: 4, hits: mine }, { calls: 8, hits: 6 - mine }, 1)[size] ?? NaN;
        mean += ((ways(4, mine) * ways(8, 6 - mine)) / ways(12, 6)) * factor;
      }
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    });
  });

  it('say nothing about looks in which a side answered nothing, or nothing was hit', () => {
    const none = SIZES.map(() => 1);
    expect(ratioFactors({ calls: 0, hits: 0 }, { calls: 9, hits: 3 }, 1)).toEqual(none);
    expect(ratioFactors({ calls: 9, hits: 3 }, { calls: 0, hits: 0 }, 1)).toEqual(none);
    expect(ratioFactors({ calls: 9, hits: 0 }, { calls: 9, hits: 0 }, 1)).toEqual(none);
    expect(limitFactors({ calls: 0, hits: 0 }, 0.1)).toEqual(none);
    expect(limitFactors({ calls: 5, hits: 5 }, 1)).toEqual(none);
  });

  it('on the limit zero are won by a single hit', () => {
    expect(Math.min(...limitFactors({ calls: 5, hits: 1 }, 0))).toBeGreaterThan(1e6);
    expect(limitFactors({ calls: 5, hits: 0 }, 0)).toEqual(SIZES.map(() => 1));
  });

  it('never make what is owned negative, infinite or no number', () => {
    const tally = fc
      .tuple(fc.nat(1_000_000), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([calls, part]) => ({ calls, hits: Math.floor(calls * part) }));
    fc.assert(
      fc.property(fc.array(fc.tuple(tally, tally), { maxLength: 12 }), (looks) => {
        const weights = SIZES.map(() => 1 / SIZES.length);
        let owned = stake(capitalOf(SIZES.length), 0.5, weights);
        for (const [candidate, control] of looks) {
          owned = pay(stake(owned, 0.01, weights), ratioFactors(candidate, control, 1), 1e6);
          expect(worth(owned)).toBeGreaterThanOrEqual(0);
          expect(worth(owned)).toBeLessThanOrEqual(1e6 * 1.000_01);
        }
      }),
    );
  });

  it('are staked without creating or losing anything', () => {
    const begun = stake(capitalOf(4), 0.7, [0.25, 0.25, 0.25, 0.25]);
    expect(worth(begun)).toBeCloseTo(1, 12);
    expect(worth(stake(begun, 0.3, [1, 0, 0, 0]))).toBeCloseTo(1, 12);
    expect(worth(pay(begun, [1, 1, 1, 1], 1e6))).toBeCloseTo(1, 6);
  });
});

describe('the spread of instances', () => {
  it('is none among equal ones, grows with their differences, and is unknown for two', () => {
    const equal = Array.from({ length: 9 }, () => ({ calls: 1_000, hits: 50 }));
    expect(spreadTolerance(equal, 1)).toBe(1);
    const apart = equal.map((one, at) => ({ ...one, hits: 20 + 10 * at }));
    const farther = equal.map((one, at) => ({ ...one, hits: 5 + 20 * at }));
    expect(spreadTolerance(apart, 1)).toBeGreaterThan(1.5);
    expect(spreadTolerance(farther, 1)).toBeGreaterThan(spreadTolerance(apart, 1));
    expect(spreadTolerance(apart, 5)).toBeLessThan(spreadTolerance(apart, 1));
    expect(spreadTolerance(farther.slice(0, 2), 1)).toBe(1);
  });
});
