import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../plan/index.ts';
import type { Counts } from './counts.ts';
import { judgeRow, NO_MEMORY, type JudgeRules, type RowMeasure, type RowResult } from './judge.ts';

const errors: Metric = { kind: 'errorRate', repositories: null, expected: null };
const row: Row = {
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
const RULES: JudgeRules = { maxAgeMs: 10_000, alpha: 0.01, needsFine: true };

/** A look at full exposure: control as last seen failed in half a percent; what it does now only a holdback shows. */
function look(candidate: readonly [number, number], held: readonly [number, number]): RowMeasure {
  const side = ([calls, hits]: readonly [number, number]) => ({ calls, red: hits, yellow: hits });
  const counts: Counts = {
    stage: 'full/expose-1',
    strata: [{ candidate: side(candidate), control: side(held) }],
    threshold: null,
    instances: null,
  };
  return {
    value: candidate[1] / candidate[0],
    reference: 0.005,
    referenceKind: 'frozen',
    samples: candidate[0] * 6,
    referenceSamples: 5_000,
    ageMs: 0,
    counts,
  };
}

function after(looks: number, seen: (at: number) => RowMeasure): RowResult {
  let result = judgeRow(row, errors, seen(0), NO_MEMORY, RULES);
  for (let at = 1; at < looks; at += 1) result = judgeRow(row, errors, seen(at), result.memory, RULES);
  return result;
}

describe('a full exposure with a holdback of two percent, too small for a rate of its own', () => {
  it('does not blame the candidate for what everybody suffers; without one it is blamed', () => {
    // A database that fails four times as often as before, for control as well.
    const drift = (held: readonly [number, number]) => look([980, 20], held);
    expect(after(60, () => drift([0, 0]))).toMatchObject({ verdict: 'fail', colour: 'red' });
    const shared = after(60, (at) => drift([20, at % 5 < 2 ? 1 : 0]));
    expect(shared.verdict).toBe('insufficient');
  });

  it('finds a candidate that is worse than who was held back', () => {
    expect(after(60, (at) => look([980, 40], [20, at % 10 === 0 ? 1 : 0]))).toMatchObject({
      verdict: 'fail',
    });
  });

  it('does not take calls that were still on their way for a control group', () => {
    const result = after(60, (at) => look([980, 20], at === 0 ? [200, 1] : [1, 0]));
    expect(result.verdict).toBe('fail');
  });
});
