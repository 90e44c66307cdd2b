import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../plan/index.ts';
import { capitalOf, gamble, worth } from './capital.ts';
import type { Counts } from './counts.ts';
import { gather, NO_EVIDENCE, type RowEvidence } from './evidence.ts';
import type { RowMeasure } from './judge.ts';
import { NO_SURGE, surgeAfter, surgeBets, type Surge } from './surge.ts';
import { binomialTail } from './tail.ts';

const ERRORS: Metric = { kind: 'errorRate', repositories: null, expected: null };
const ROW: Row = {
  title: 'Errors',
  metric: 'errors',
  against: 'control',
  yellow: 0.1,
  red: 0.1,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 100,
  looks: 3,
};
const ALPHA = 0.01;

/** Distribution of the number of heads of coins that may differ. */
function heads(odds: readonly number[]): readonly number[] {
  return odds.reduce<readonly number[]>(
    (before, p) =>
      Array.from(
        { length: before.length + 1 },
        (_, k) => (before[k] ?? 0) * (1 - p) + (before[k - 1] ?? 0) * p,
      ),
    [1],
  );
}

function countsOf(candidate: readonly [number, number], control: readonly [number, number]): Counts {
  const side = ([calls, hits]: readonly [number, number]) => ({ calls, red: hits, yellow: hits });
  const strata = [{ candidate: side(candidate), control: side(control) }];
  return { stage: 's', strata, threshold: null, instances: null };
}

function measureOf(counts: Counts): RowMeasure {
  const known = { value: 0.1, reference: 0.005, referenceKind: 'control' } as const;
  return { ...known, samples: 1_000, referenceSamples: 1_000, ageMs: 0, counts };
}

/** A look of 20 and 180 calls with so many hits, of which so many are the candidate's. */
function look(before: RowEvidence, hits: number, mine: number): RowEvidence {
  return gather(ROW, ERRORS, measureOf(countsOf([20, mine], [180, hits - mine])), before, ALPHA);
}

describe('the tail of coins', () => {
  it('is never below the sum of its terms, and close to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.95, noNaN: true }),
        (n, p) => {
          const exact = heads(Array.from({ length: n }, () => p));
          for (let hits = 1; hits <= n; hits += 1) {
            const sum = exact.slice(hits).reduce((all, one) => all + one, 0);
            const bound = binomialTail(n, hits, p);
            expect(bound).toBeGreaterThanOrEqual(sum * (1 - 1e-9));
            if (hits > n * p * 1.5 + 2) expect(bound).toBeLessThan(sum * 1.5 + 1e-300);
          }
        },
      ),
    );
  });

  it('is a bound for very many, too, and knows what cannot be', () => {
    expect(binomialTail(100_000, 52_000, 0.5)).toBeLessThan(1e-30);
    expect(binomialTail(100_000, 50_000, 0.5)).toBe(1);
    expect(binomialTail(5, 6, 0.5)).toBe(0);
    expect(binomialTail(5, 1, 0)).toBe(0);
    expect(binomialTail(5, 5, 1)).toBe(1);
  });
});

describe('a bet on coins', () => {
  it('is fair or worse for every outcome together, also for coins that differ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 0.9, noNaN: true }), { minLength: 2, maxLength: 25 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.constantFrom(20, 100, 5_000),
        (odds, share, prize) => {
          const mean = odds.reduce((sum, p) => sum + p, 0) / odds.length;
          const owned = { ...capitalOf(2), cash: 0.8 };
          const average = heads(odds).reduce(
            (sum, chance, seen) =>
              sum + chance * worth(gamble(owned, { of: odds.length, odds: mean, seen }, share, prize)),
            0,
          );
          expect(average).toBeLessThanOrEqual(worth(owned) * (1 + 1e-6));
        },
      ),
    );
  });

  it('costs no more than was allowed, and pays the prize', () => {
    const coins = { of: 10, odds: 0.1 };
    const lost = gamble(capitalOf(2), { ...coins, seen: 2 }, 0.05, 100);
    expect(lost.cash).toBeGreaterThanOrEqual(0.95);
    expect(lost.cash).toBeLessThan(1);
    expect(lost.won).toBeUndefined();
    expect(worth(gamble(capitalOf(2), { ...coins, seen: 9 }, 0.05, 100))).toBeGreaterThan(100);
    // Nothing that ten of two coins can do is as rare as that.
    expect(gamble(capitalOf(2), { of: 2, odds: 0.5, seen: 2 }, 0.001, 100)).toEqual(capitalOf(2));
  });
});

describe('a total that is unusual', () => {
  const quiet: Surge = { recent: [], usual: [36_000, 180] };
  const seen = (...looks: readonly (readonly [mine: number, hits: number])[]): Surge =>
    looks.reduce(
      (before, [mine, hits]) => surgeAfter(before, countsOf([20, mine], [180, hits - mine]), 1.2),
      quiet,
    );

  it('is bet on, and what is staked is the same whoever was hit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 8 }), (looks) => {
        const staked = (one: Surge) => surgeBets(one).map(({ candidateHits: _, ...bet }) => bet);
        const most = looks.map(([a, b]) => [Math.max(a, b), Math.max(a, b)] as const);
        const none = looks.map(([a, b]) => [0, Math.max(a, b)] as const);
        expect(staked(seen(...most))).toEqual(staked(seen(...none)));
      }),
    );
    const bets = surgeBets(seen([2, 3], [2, 3], [2, 3]));
    expect(bets.length).toBeGreaterThan(0);
    expect(bets.at(-1)).toMatchObject({ hits: 9, candidateHits: 6 });
    expect(bets.at(-1)?.odds).toBeCloseTo(((20 / 180) * 1.2) / (1 + (20 / 180) * 1.2), 5);
  });

  it('is none while as many are hit as ever, or little more, or while nothing is known', () => {
    expect(surgeBets(seen([0, 1], [1, 1], [0, 1]))).toEqual([]);
    expect(surgeBets(seen([0, 2], [1, 2], [0, 1]))).toEqual([]);
    expect(surgeBets(surgeAfter(NO_SURGE, countsOf([20, 9], [180, 0]), 1.2))).toEqual([]);
  });

  it('forgets looks that are over into what is usual', () => {
    const later = seen(...Array.from({ length: 9 }, () => [1, 4] as const));
    expect(later.recent).toHaveLength(5);
    expect(later.usual).toEqual([36_000 + 4 * 200, 180 + 4 * 4]);
  });
});

describe('the evidence of a row in which many calls suddenly fail', () => {
  /** Half an hour in which one call of two hundred failed, hardly ever the candidate's. */
  const healthy = (): RowEvidence => {
    let evidence = NO_EVIDENCE;
    for (let at = 0; at < 180; at += 1) evidence = look(evidence, 1, at % 10 === 0 ? 1 : 0);
    return evidence;
  };

  it('is there after three looks of two failures more, though half an hour was spent in health', () => {
    let evidence = healthy();
    for (let at = 0; at < 3; at += 1) evidence = look(evidence, 3, 2);
    expect(worth(evidence.beyond)).toBeGreaterThan(1 / ALPHA);
    const { surge: _, ...without } = evidence;
    expect(without.beyond.won).toBe(1 / ALPHA);
    expect(worth({ ...without.beyond, won: 0 })).toBeLessThan(10);
  });

  it('is no better than fair for identical code, over every way in which three totals can fall', () => {
    const before = healthy();
    const totals = [3, 4, 3];
    const of = (hits: number) => heads(Array.from({ length: hits }, () => 0.1));
    let average = 0;
    let won = 0;
    const fall = (evidence: RowEvidence, at: number, chance: number): void => {
      const hits = totals[at];
      if (hits === undefined) {
        average += chance * worth(evidence.beyond);
        won += chance * (evidence.beyond.won ?? 0);
        return;
      }
      of(hits).forEach((p, mine) => {
        fall(look(evidence, hits, mine), at + 1, chance * p);
      });
    };
    fall(before, 0, 1);
    expect(average).toBeLessThanOrEqual(worth(before.beyond));
    expect(won).toBeGreaterThan(0);
  });

  it('has no such bets where slow calls are counted, nor without control', () => {
    const p95: Metric = { kind: 'latency', quantile: 95, repositories: null, expected: null };
    let [slow, alone] = [NO_EVIDENCE, NO_EVIDENCE];
    for (let at = 0; at < 40; at += 1) {
      const seen = measureOf(countsOf([20, at > 36 ? 10 : 0], [180, 1]));
      slow = gather(ROW, p95, seen, slow, ALPHA);
      alone = gather(ROW, ERRORS, { ...seen, referenceKind: 'frozen' }, alone, ALPHA);
    }
    expect(slow.beyond.won).toBeUndefined();
    expect(alone.beyond.won).toBeUndefined();
  });
});
