import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../plan/index.ts';
import { divideAlpha } from './alpha.ts';
import { worth } from './capital.ts';
import { upperShare } from './claims.ts';
import type { Counts } from './counts.ts';
import { NO_EVIDENCE } from './evidence.ts';
import { latencyLimits } from './threshold.ts';
import { judgeRow, NO_MEMORY, type JudgeRules, type RowMeasure, type RowResult } from './judge.ts';

const errors: Metric = { kind: 'errorRate', repositories: null, expected: null };
const p95: Metric = { kind: 'latency', quantile: 95, repositories: null, expected: null };
const absolute: Row = {
  title: 'Errors',
  metric: 'errors',
  against: 'value',
  yellow: 0.001,
  red: 0.005,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 100,
  looks: 3,
};
const relative: Row = { ...absolute, against: 'control', yellow: 0.1, red: 0.1 };
const RULES: JudgeRules = { maxAgeMs: 10_000, alpha: 0.01, needsFine: true };

type Side = readonly [calls: number, hits: number];

function measure(candidate: Side, control: Side, more: Partial<RowMeasure> = {}): RowMeasure {
  const side = ([calls, hits]: Side) => ({ calls, red: hits, yellow: hits });
  const rate = ([calls, hits]: Side): number | null => (calls === 0 ? null : hits / calls);
  const counts: Counts = {
    stage: 'canary/expose',
    strata: [{ candidate: side(candidate), control: side(control) }],
    threshold: null,
    instances: null,
  };
  return {
    value: rate(candidate),
    reference: rate(control),
    referenceKind: 'control',
    samples: candidate[0],
    referenceSamples: control[0],
    ageMs: 0,
    counts,
    ...more,
  };
}

/** The result of the last of so many equal looks. */
function after(looks: number, row: Row, seen: RowMeasure, rules = RULES, from = NO_MEMORY): RowResult {
  let result = judgeRow(row, errors, seen, from, rules);
  for (let look = 1; look < looks; look += 1) result = judgeRow(row, errors, seen, result.memory, rules);
  return result;
}

describe('a row about calls', () => {
  it('is yellow above its limit without evidence, and red with it, though samples are few', () => {
    const chance = measure([150, 1], [1_350, 7]);
    expect(after(30, absolute, chance)).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    const broken = measure([20, 10], [180, 1], { samples: 20 });
    expect(after(1, absolute, broken)).toMatchObject({ verdict: 'fail', colour: 'red' });
    expect(after(1, relative, broken)).toMatchObject({ verdict: 'fail', colour: 'red' });
  });

  it('is not green without evidence that the limit is kept, unless it is rehearsed', () => {
    const good = measure([120, 0], [1_080, 0]);
    const young = after(1, absolute, good);
    expect(young).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(young.reason).toMatch(/0 % <= 0.5 %, evidence for it \d.*x \(20x needed\)/);
    expect(after(20, absolute, good)).toMatchObject({ verdict: 'pass', colour: 'green' });
    expect(after(1, absolute, good, { ...RULES, needsFine: false }).verdict).toBe('pass');
  });

  it('earns green anew in every stage, and keeps what speaks against the candidate', () => {
    const good = after(40, absolute, measure([120, 0], [1_080, 0]));
    const next = measure([120, 0], [1_080, 0]);
    const counts = { ...next.counts, stage: 'half/expose' } as Counts;
    const moved = judgeRow(absolute, errors, { ...next, counts }, good.memory, RULES);
    expect(moved.verdict).toBe('insufficient');
    expect(worth(moved.memory.evidence?.fine ?? NO_EVIDENCE.fine)).toBeLessThan(20);
    const bad = after(1, absolute, measure([60, 2], [540, 1]));
    const before = worth(bad.memory.evidence?.beyond ?? NO_EVIDENCE.beyond);
    const later = judgeRow(absolute, errors, { ...next, counts }, bad.memory, RULES);
    expect(before).toBeGreaterThan(1.5);
    expect(worth(later.memory.evidence?.beyond ?? NO_EVIDENCE.beyond)).toBeGreaterThan(0.3);
  });

  it('takes nothing back for what control suffers as well, and asks a person when it lasts', () => {
    const both = measure([100, 10], [900, 90]);
    const soon = after(5, absolute, both);
    expect(soon).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(soon.reason).toContain('control is no better');
    expect(after(30, absolute, both)).toMatchObject({ verdict: 'fail', colour: 'red', asks: true });
    const alone = measure([100, 10], [0, 0]);
    expect(after(5, absolute, alone)).toMatchObject({ verdict: 'fail', colour: 'red' });
    expect(after(5, absolute, alone).asks).toBeUndefined();
  });

  it('is not fooled by repositories that fail more often by nature and are exposed farther', () => {
    const side = (calls: number, hits: number) => ({ calls, red: hits, yellow: hits });
    // Ten percent of `audit` fail on both sides, none of `user`; audit is half exposed, user a tenth.
    const strata = [
      { candidate: side(50, 5), control: side(50, 5) },
      { candidate: side(10, 0), control: side(90, 0) },
    ];
    const pooled = { candidate: side(60, 5), control: side(140, 5) };
    const of = (these: Counts['strata']): RowMeasure => {
      const seen = measure([60, 5], [140, 5]);
      return { ...seen, counts: { ...seen.counts, strata: these } as Counts };
    };
    expect(after(60, relative, of(strata)).verdict).toBe('insufficient');
    expect(after(60, relative, of([pooled])).verdict).toBe('fail');
  });

  it('goes back to green after two looks that are, not after one', () => {
    const rules = { ...RULES, needsFine: false };
    const good = measure([1_000, 0], [9_000, 0]);
    const yellow = after(1, absolute, measure([1_000, 3], [9_000, 0]), rules);
    expect(yellow.colour).toBe('yellow');
    const first = after(1, absolute, good, rules, yellow.memory);
    expect(first).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(after(1, absolute, good, rules, first.memory)).toMatchObject({ verdict: 'pass', colour: 'green' });
  });

  it('says the same after its memory went through the log', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(300), fc.nat(30), fc.nat(2_000), fc.nat(30)), { maxLength: 20 }),
        (looks) => {
          let [kept, stored] = [NO_MEMORY, NO_MEMORY];
          for (const [calls, hits, others, theirs] of looks) {
            const seen = measure([calls, Math.min(calls, hits)], [others, Math.min(others, theirs)]);
            const one = judgeRow(absolute, errors, seen, kept, RULES);
            const other = judgeRow(
              absolute,
              errors,
              JSON.parse(JSON.stringify(seen)) as RowMeasure,
              stored,
              RULES,
            );
            expect(JSON.stringify(other)).toBe(JSON.stringify(one));
            kept = one.memory;
            stored = JSON.parse(JSON.stringify(other.memory)) as typeof stored;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is never green nor red for what is not known', () => {
    const silent = measure([0, 0], [100, 0], { ageMs: 20_000 });
    expect(after(3, absolute, silent)).toMatchObject({ verdict: 'stale', colour: 'none' });
    const broken = after(2, absolute, measure([100, 50], [900, 1]));
    expect(judgeRow(absolute, errors, silent, broken.memory, RULES).verdict).toBe('stale');
  });
});

describe('a row about latency', () => {
  it('draws its limits from control as it was before, and counts nothing until there is one', () => {
    const row: Row = { ...relative, yellow: 0.05, red: 0.1 };
    expect(latencyLimits(row, undefined)).toBeNull();
    const first = judgeRow(
      row,
      p95,
      measure([500, 0], [4_500, 0], { value: 60, reference: 50, counts: null }),
      NO_MEMORY,
      RULES,
    );
    const { evidence } = first.memory;
    const limits = latencyLimits(row, evidence?.threshold);
    expect(limits?.control).toBe(50);
    expect(limits?.yellow).toBeCloseTo(52.5);
    expect(limits?.red).toBeCloseTo(55);
  });

  it('takes control anew when control left the limits, and not before', () => {
    const row: Row = { ...relative, yellow: 0.1, red: 0.1 };
    const look = (hits: number, memory = NO_MEMORY) => {
      const seen = measure([100, 5], [900, hits], { value: 50, reference: 80 });
      const counts = { ...seen.counts, threshold: memory.evidence?.threshold?.ms ?? null } as Counts;
      return judgeRow(row, p95, { ...seen, counts }, memory, RULES);
    };
    let calm = judgeRow(
      row,
      p95,
      measure([100, 0], [900, 0], { reference: 50, counts: null }),
      NO_MEMORY,
      RULES,
    );
    let moved = calm;
    for (let count = 0; count < 5; count += 1) {
      calm = look(45, calm.memory);
      moved = look(450, moved.memory);
    }
    expect(calm.memory.evidence?.threshold?.ms).toBe(50);
    expect(moved.memory.evidence?.threshold?.ms).toBe(80);
  });
});

describe('a row about mismatches', () => {
  const different: Metric = { kind: 'mismatchRate', repositories: null, expected: null };
  const row: Row = { ...absolute, yellow: 0.001, red: 0.01, minSamples: 20 };
  const compared = (calls: number, differed: number, noise = 0): RowMeasure => {
    const seen = measure([calls, differed], [0, 0], { reference: null, referenceKind: null });
    return { ...seen, counts: { ...seen.counts, noise } as Counts };
  };
  const last = (looks: number, seen: RowMeasure, of = row): RowResult => {
    let result = judgeRow(of, different, seen, NO_MEMORY, RULES);
    for (let look = 1; look < looks; look += 1) result = judgeRow(of, different, seen, result.memory, RULES);
    return result;
  };

  it('is red with evidence, not for one answer among a few', () => {
    expect(last(1, compared(40, 1))).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(last(20, compared(100, 1)).verdict).toBe('insufficient');
    expect(last(1, compared(40, 20))).toMatchObject({ verdict: 'fail', colour: 'red' });
    expect(last(5, compared(40, 4))).toMatchObject({ verdict: 'fail', colour: 'red' });
  });

  it('leaves room for what control does to itself, and no more', () => {
    expect(last(10, compared(40, 8)).verdict).toBe('fail');
    expect(last(40, compared(40, 8, 8)).verdict).toBe('insufficient');
    expect(last(10, compared(40, 24, 8)).verdict).toBe('fail');
  });

  it('is green when enough was compared; a limit of none cannot be shown and is kept or not', () => {
    expect(last(1, compared(40, 0)).verdict).toBe('insufficient');
    expect(last(40, compared(40, 0))).toMatchObject({ verdict: 'pass', colour: 'green' });
    const never = { ...row, yellow: 0, red: 0 };
    expect(last(3, compared(40, 0), never)).toMatchObject({ verdict: 'pass', colour: 'green' });
    expect(last(1, compared(40, 1), never)).toMatchObject({ verdict: 'fail', colour: 'red' });
  });
});

describe('the probability of a false alarm', () => {
  it('is divided over all rows that roll back by what calls are counted for', () => {
    const plan = {
      metrics: { errors, p95, memory: { kind: 'gauge', gauge: 'rss', expected: null } },
      gates: {
        matrix: [absolute, { ...absolute, metric: 'p95' }, { ...absolute, metric: 'memory' }],
        extra: [{ ...absolute, onRed: 'investigate' }, absolute],
      },
    } as const;
    expect(divideAlpha(plan, 'rollback')).toEqual({ total: 0.01, rows: 3, each: 0.01 / 3 });
    expect(divideAlpha(plan, 'pause')).toEqual({ total: 0.05, rows: 1, each: 0.05 });
  });

  it('has room for what a baseline did not know', () => {
    expect(upperShare(0.05, 100)).toBeGreaterThan(0.1);
    expect(upperShare(0.05, 1_000_000)).toBeCloseTo(0.05, 2);
    expect(upperShare(0, 0)).toBe(1);
  });
});
