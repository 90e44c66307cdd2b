import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../plan/index.ts';
import { judgeGate } from './judge-gate.ts';
import { judgeRow, NO_MEMORY, type RowMeasure } from './judge.ts';

const errors: Metric = { kind: 'errorRate', repositories: null, expected: null };
const row: Row = {
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
const relative: Row = { ...row, against: 'control', yellow: 0.05, red: 0.1 };
const measure = (value: number | null, more: Partial<RowMeasure> = {}): RowMeasure => ({
  value,
  reference: null,
  referenceKind: null,
  samples: 1_000,
  referenceSamples: 0,
  ageMs: 0,
  ...more,
});
const MAX_AGE = 10_000;
const RULES = { maxAgeMs: MAX_AGE, alpha: 0.01, needsFine: true };
const judge = (value: number | null, more: Partial<RowMeasure> = {}, beyond = 0, of: Row = row) =>
  judgeRow(of, errors, measure(value, more), { beyond }, RULES);

describe('a row of the matrix', () => {
  it('is green below yellow, yellow from there, red only after enough looks in a row', () => {
    expect(judge(0)).toMatchObject({ verdict: 'pass', colour: 'green' });
    expect(judge(0.001)).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(judge(0.005)).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    expect(judge(0.006)).toMatchObject({ verdict: 'insufficient', colour: 'yellow', memory: { beyond: 1 } });
    expect(judge(0.006, {}, 1)).toMatchObject({ verdict: 'insufficient', memory: { beyond: 2 } });
    expect(judge(0.006, {}, 2)).toMatchObject({ verdict: 'fail', colour: 'red' });
    expect(judge(0.001, {}, 2).memory).toMatchObject({ beyond: 0 });
  });

  it('says stale, not green, when telemetry is old, and insufficient when it is missing', () => {
    expect(judge(0, { ageMs: MAX_AGE + 1 }).verdict).toBe('stale');
    expect(judge(null).verdict).toBe('insufficient');
    expect(judge(Number.NaN).verdict).toBe('insufficient');
    expect(judge(0, { samples: 99 }).verdict).toBe('insufficient');
  });

  it('compares with control only when control has samples of its own, and never divides by zero', () => {
    const against = (value: number, reference: number | null, referenceSamples = 1_000) =>
      judge(value, { reference, referenceKind: 'control', referenceSamples }, 2, relative);
    expect(against(0.0104, 0.01)).toMatchObject({ verdict: 'pass' });
    expect(against(0.0107, 0.01)).toMatchObject({ colour: 'yellow' });
    expect(against(0.012, 0.01)).toMatchObject({ verdict: 'fail' });
    expect(against(0.012, 0.01, 10).verdict).toBe('insufficient');
    expect(against(0.012, null).verdict).toBe('insufficient');
    expect(against(0.012, 0).verdict).toBe('insufficient');
    expect(against(0, 0).verdict).toBe('pass');
  });

  it('does not count a relative change that is small in the metric itself', () => {
    const cpu = { ...relative, minChange: 0.1, minSamples: 1 };
    expect(
      judge(0.03, { reference: 0.02, referenceKind: 'control', referenceSamples: 5 }, 2, cpu).verdict,
    ).toBe('pass');
    expect(
      judge(0.33, { reference: 0.22, referenceKind: 'control', referenceSamples: 5 }, 2, cpu).verdict,
    ).toBe('fail');
  });

  it('never passes what is not known, whatever the numbers are', () => {
    fc.assert(
      fc.property(
        fc.record({
          value: fc.option(fc.double()),
          reference: fc.option(fc.double()),
          referenceKind: fc.constant('control' as const),
          samples: fc.nat(1_000),
          referenceSamples: fc.nat(1_000),
          ageMs: fc.nat(20_000),
        }),
        fc.constantFrom(row, relative),
        (seen, of) => {
          const { verdict } = judgeRow(of, errors, seen, NO_MEMORY, RULES);
          const isKnown =
            seen.value !== null &&
            Number.isFinite(seen.value) &&
            seen.ageMs <= MAX_AGE &&
            seen.samples >= 100;
          if (!isKnown) expect(['insufficient', 'stale']).toContain(verdict);
          if (verdict === 'pass' && of === relative)
            expect(seen.referenceSamples).toBeGreaterThanOrEqual(100);
        },
      ),
    );
  });

  it('is at least as bad for a larger value', () => {
    const rank = { pass: 0, insufficient: 1, stale: 1, fail: 2 };
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(3),
        (a, b, beyond) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          expect(rank[judge(less, {}, beyond).verdict]).toBeLessThanOrEqual(
            rank[judge(more, {}, beyond).verdict],
          );
        },
      ),
    );
  });
});

describe('a gate', () => {
  const result = (verdict: 'pass' | 'fail' | 'insufficient' | 'stale') => ({
    title: 'x',
    verdict,
    colour: 'none' as const,
    compared: null,
    reason: '',
    memory: NO_MEMORY,
  });

  it('passes only when every row passes', () => {
    expect(judgeGate([row, row], [result('pass'), result('pass')]).verdict).toBe('pass');
    expect(judgeGate([row, row], [result('pass'), result('insufficient')]).verdict).toBe('insufficient');
    expect(judgeGate([row, row], [result('pass')]).verdict).toBe('insufficient');
    expect(judgeGate([], []).verdict).toBe('insufficient');
    expect(judgeGate([row, row], [result('stale'), result('insufficient')]).verdict).toBe('stale');
  });

  it('is red before anything else, and takes the strongest action', () => {
    const pause: Row = { ...row, onRed: 'pause' };
    expect(judgeGate([row, row], [result('fail'), result('stale')])).toMatchObject({
      verdict: 'fail',
      action: 'rollback',
    });
    expect(judgeGate([pause, row], [result('fail'), result('fail')]).action).toBe('rollback');
    expect(judgeGate([pause], [result('fail')])).toMatchObject({ verdict: 'fail', action: 'pause' });
  });

  it('lets the row that has precedence decide among red rows of one metric, and never for another metric', () => {
    const alert: Row = { ...row, title: 'alert', onRed: 'investigate' };
    const back: Row = { ...row, title: 'back', onRed: 'rollback' };
    const both = [result('fail'), result('fail')];
    expect(judgeGate([alert, back], both).action).toBe('rollback');
    expect(judgeGate([alert, back], both, ['back', 'alert']).action).toBe('rollback');
    const overruled = judgeGate([alert, back], both, ['alert', 'back']);
    expect(overruled).toEqual({ verdict: 'insufficient', action: null, investigate: ['alert', 'back'] });
    const calm = [result('pass'), result('fail')];
    expect(judgeGate([alert, back], calm, ['alert', 'back']).action).toBe('rollback');
    const other = { ...back, metric: 'another' };
    expect(judgeGate([alert, other], both, ['alert', 'back']).action).toBe('rollback');
  });

  it('does not pass over a row to be investigated, nor take anything back for it', () => {
    const look: Row = { ...row, title: 'p95', onRed: 'investigate' };
    expect(judgeGate([look], [result('fail')])).toEqual({
      verdict: 'insufficient',
      action: null,
      investigate: ['p95'],
    });
  });
});
