import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../kernel/index.ts';
import type { Row } from '../plan/index.ts';
import { judgeRow, NO_MEMORY, type JudgeRules, type RowMemory } from './judge.ts';
import { drawHits, tailPoint, upperTail } from './power-draw.ts';
import { healthyAfter, NO_HISTORY, powerOf, smallestFound, type PowerRow, type PowerStage } from './power.ts';

const RULES: JudgeRules = { maxAgeMs: 10_000, alpha: 0.005, needsFine: true };
const BASE: Row = {
  title: 'Errors',
  metric: 'm',
  against: 'value',
  yellow: 0.005,
  red: 0.005,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 100,
  looks: 3,
};
const errors = (row: Partial<Row> = {}): PowerRow => ({
  row: { ...BASE, ...row },
  metric: { kind: 'errorRate', repositories: null, expected: null },
  rules: RULES,
  normal: 0.002,
  everyMs: 10_000,
  windowMs: 60_000,
});
const relative = errors({ against: 'control', yellow: 0.1, red: 0.1 });
const latency: PowerRow = {
  ...relative,
  metric: { kind: 'latency', quantile: 95, repositories: null, expected: null },
  normal: 50,
};
const stage = (hours: number, share: number, callsPerSecond = 20, id = 'one'): PowerStage => ({
  id,
  forMs: hours * 3_600_000,
  strata: [{ callsPerSecond, share, isFaulty: true }],
});

/** The same question with nothing taken together: every look of the hold, and the minute that a look sees. */
function lookByLook({ row, metric, rules }: PowerRow, at: PowerStage, rate: number, runs: number): number {
  const [one] = at.strata;
  if (one === undefined) throw new Error('no calls');
  const looks = at.forMs / 10_000;
  const played = (random: Random): boolean => {
    let memory: RowMemory = NO_MEMORY;
    const window: (readonly [calls: number, hits: number, control: number, controlHits: number])[] = [];
    for (let look = 0; look < looks; look += 1) {
      const calls = one.callsPerSecond * 10 * one.share;
      const controlCalls = one.callsPerSecond * 10 - calls;
      const hits = drawHits(random, calls, rate);
      const controlHits = drawHits(random, controlCalls, 0.002);
      window.push([calls, hits, controlCalls, controlHits]);
      if (window.length > 6) window.shift();
      const sum = (part: 0 | 1 | 2 | 3): number => window.reduce((total, seen) => total + seen[part], 0);
      const result = judgeRow(
        row,
        metric,
        {
          value: sum(1) / sum(0),
          reference: row.against === 'control' ? sum(3) / sum(2) : null,
          referenceKind: row.against === 'control' ? 'control' : null,
          samples: sum(0),
          referenceSamples: sum(2),
          ageMs: 0,
          counts: {
            stage: 'one',
            strata: [
              {
                candidate: { calls, red: hits, yellow: hits },
                control: { calls: controlCalls, red: controlHits, yellow: controlHits },
              },
            ],
            threshold: null,
            instances: null,
          },
        },
        memory,
        rules,
      );
      if (result.verdict === 'fail') return true;
      memory = result.memory;
    }
    return false;
  };
  const found = Array.from({ length: runs }, (_, run) => played(seededRandom(run * 31 + 5)));
  return found.filter(Boolean).length / runs;
}

describe('what a hold can find', () => {
  it.each([
    ['against a value', errors(), stage(1, 0.1)],
    ['against control, at half of the traffic', relative, stage(0.5, 0.5, 4)],
  ])('is what looking one by one finds: %s', (_, row, held) => {
    const times = smallestFound(row, NO_HISTORY, held) ?? NaN;
    // 60 runs know a share of 0.9 to within 0.12, at three standard errors.
    expect(lookByLook(row, held, 0.002 * times, 60)).toBeGreaterThanOrEqual(0.78);
    const weaker = 1 + (times - 1) * 0.6;
    const [together, apart] = [
      powerOf(row, NO_HISTORY, held, weaker),
      lookByLook(row, held, 0.002 * weaker, 60),
    ];
    expect(Math.abs(together - apart)).toBeLessThan(0.2);
  });

  it('is the same whenever it is asked', () => {
    const ask = (): number =>
      powerOf(relative, healthyAfter(relative, NO_HISTORY, stage(1, 0.1)), stage(1, 0.5), 2.2);
    expect(ask()).toBe(ask());
    expect(ask()).toBeGreaterThan(0);
  });

  it('is less with less traffic, with less time, and behind holds that were healthy', () => {
    const at = (held: PowerStage): number => smallestFound(relative, NO_HISTORY, held) ?? Infinity;
    expect(at(stage(1, 0.1, 200))).toBeLessThan(at(stage(1, 0.1, 20)));
    expect(at(stage(0.1, 0.01, 0.5))).toBe(Infinity);
    const share = (held: PowerStage): number => powerOf(relative, NO_HISTORY, held, 3);
    expect(share(stage(4, 0.1))).toBeGreaterThan(share(stage(1, 0.1)));
    const later = healthyAfter(errors(), NO_HISTORY, stage(8, 0.5, 20, 'before'));
    expect(powerOf(errors(), later, stage(1, 0.1), 4)).toBeLessThan(
      powerOf(errors(), NO_HISTORY, stage(1, 0.1), 4),
    );
  });

  it('is never identical code, and of latency never what its limit allows', () => {
    expect(powerOf(relative, NO_HISTORY, stage(1, 0.5), 1)).toBeLessThan(0.05);
    expect(powerOf(latency, NO_HISTORY, stage(1, 0.5), 1.08)).toBeLessThan(0.05);
    expect(smallestFound(latency, NO_HISTORY, stage(1, 0.5))).toBeGreaterThan(1.1);
    expect(smallestFound(latency, NO_HISTORY, stage(1, 0.5))).toBeLessThan(1.4);
  });

  it('is more at a full exposure that holds a control group back', () => {
    const before = [stage(1, 0.5, 20, 'half')].reduce(
      (healthy, held) => healthyAfter(relative, healthy, held),
      NO_HISTORY,
    );
    const found = (share: number): number => powerOf(relative, before, stage(8, share, 20, 'full'), 4);
    expect(found(1)).toBeLessThan(0.2);
    expect(found(0.98)).toBeGreaterThan(0.8);
  });
});

describe('draws', () => {
  it('have the mean that they should, however they are made', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (calls, rate) => {
          const random = seededRandom(calls);
          const draws = Array.from({ length: 400 }, () => drawHits(random, calls, rate));
          expect(draws.every((hits) => hits >= 0 && hits <= calls)).toBe(true);
          const mean = draws.reduce((sum, hits) => sum + hits, 0) / draws.length;
          const error = Math.sqrt((calls * rate) / draws.length);
          expect(Math.abs(mean - calls * rate)).toBeLessThan(5 * error + 0.05);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('know the point beyond which a share lies', () => {
    for (const tail of [0.5, 0.05, 0.01, 0.001]) expect(upperTail(tailPoint(tail))).toBeCloseTo(tail, 6);
    expect(tailPoint(0.05)).toBeCloseTo(1.644_854, 4);
  });
});
