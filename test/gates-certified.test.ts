import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certify } from '../bench/certify.ts';
import { evidencePlot } from '../bench/evidence-plot.ts';
import { lowerBound } from '../bench/clopper-pearson.ts';
import { KINDS, MISMATCHES, play, type Kind } from '../bench/gate-run.ts';
import { isRed, recordedLooks, shuffled } from '../bench/recorded-run.ts';
import { LOOK_MS, SHAPES, type Shape } from '../bench/worlds.ts';
import { judgeRow, ROLLBACK_ALPHA, type Counts } from '../src/gate/index.ts';
import { seededRandom } from '../src/kernel/index.ts';

/** `npm run certify` takes 2,000; these are enough to see a rule that is wrong. */
const RUNS = 24;
const RUNS_OF_FIFTY_ROWS = 5;

const shapeOf = (name: string): Shape => SHAPES.find((shape) => shape.name === name) ?? SHAPES[0] ?? never();
const kindOf = (name: string): Kind => KINDS.find((kind) => kind.name === name) ?? never();

function never(): never {
  throw new Error('there is none such');
}

/** The share of control as it was over all looks so far, instead of in the look itself. */
function unconditioned(): typeof judgeRow {
  let [mine, theirs] = [0, 0];
  return (row, metric, measure, memory, rules) => {
    const [stratum] = measure.counts?.strata ?? [];
    if (measure.counts === undefined || measure.counts === null || stratum === undefined)
      return judgeRow(row, metric, measure, memory, rules);
    if (memory.evidence === undefined) [mine, theirs] = [0, 0];
    mine += stratum.candidate.calls;
    theirs += stratum.control.calls;
    const calls = (stratum.candidate.calls * theirs) / mine;
    const counts: Counts = {
      ...measure.counts,
      strata: [{ ...stratum, control: { ...stratum.control, calls } }],
    };
    return judgeRow(row, metric, { ...measure, counts }, memory, rules);
  };
}

/** Red when so many looks in a row are beyond the limit, as it would be without evidence. */
const byLooks: typeof judgeRow = (row, metric, { counts: _, ...measure }, memory, rules) =>
  judgeRow(row, metric, measure, memory, rules);

describe('identical code', () => {
  it.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    'is hardly ever taken back: %s',
    (_, shape) => {
      const runs = shape.repositories === undefined ? RUNS : RUNS_OF_FIFTY_ROWS;
      const plans =
        shape.repositories === undefined
          ? [[kindOf('errors > control + 10 %')], [...KINDS, MISMATCHES]]
          : [KINDS];
      for (const certificate of certify(shape, runs, plans)) {
        expect(certificate.holds, JSON.stringify(certificate)).toBe(true);
      }
    },
    60_000,
  );
});

describe('the certification', () => {
  const ramp = shapeOf('base rate changes between steps');
  const errors = [[kindOf('errors > control + 10 %')]];

  it('fails when looks are not conditioned on their own share of the traffic', () => {
    expect(certify(ramp, 20, errors, unconditioned())[0]).toMatchObject({ holds: false });
    expect(certify(ramp, 20, errors)[0]).toMatchObject({ holds: true });
  }, 60_000);

  it('fails for three looks in a row beyond the limit', () => {
    const plain = shapeOf('constant');
    expect(certify(plain, 20, errors, byLooks)[0]).toMatchObject({ holds: false, taken: 20 });
  }, 60_000);

  it('fails when the probability is not divided: each of fifty rows with all of it', () => {
    const undivided: typeof judgeRow = (row, metric, measure, memory, rules) =>
      judgeRow(row, metric, measure, memory, { ...rules, alpha: ROLLBACK_ALPHA });
    const fifty = { ...shapeOf('constant'), repositories: 50 };
    const takenOf = (judge: typeof judgeRow): number =>
      Array.from({ length: 60 }, (_, run) =>
        // Most of what is staked is staked when an exposure begins: ten minutes are enough to see it.
        play({ shape: fifty, plans: [[MISMATCHES]], seed: run + 1, looks: 60, judge }),
      ).filter(([end]) => end?.red !== null).length;
    expect(lowerBound(60, takenOf(undivided))).toBeGreaterThan(ROLLBACK_ALPHA);
    expect(lowerBound(60, takenOf(judgeRow))).toBeLessThanOrEqual(ROLLBACK_ALPHA);
  }, 60_000);

  it('knows what a rate may be at least', () => {
    expect(lowerBound(2_000, 0)).toBe(0);
    // Exact values: 1 - 0.95^(1/20), and 0.05^(1/20).
    expect(lowerBound(20, 1)).toBeCloseTo(0.002_561, 6);
    expect(lowerBound(20, 20)).toBeCloseTo(0.860_892, 5);
    expect(lowerBound(2_000, 28)).toBeLessThan(0.01);
    expect(lowerBound(2_000, 29)).toBeGreaterThan(0.0098);
  });
});

describe('a fault', () => {
  const constant = shapeOf('constant');
  /** Seconds to red at quantiles of these runs. */
  const found = (kinds: readonly Kind[], fault: Parameters<typeof play>[0]['fault'], runs = 60) => {
    const times = Array.from({ length: runs }, (_, run) => {
      const [end] = play({
        shape: constant,
        plans: [kinds],
        seed: run + 1,
        looks: (fault?.from ?? 0) + 360,
        ...(fault === undefined ? {} : { fault }),
      });
      return end?.red === null || end === undefined
        ? Infinity
        : ((end.red + 1 - (fault?.from ?? 0)) * LOOK_MS) / 1_000;
    }).toSorted((a, b) => a - b);
    return { median: times[Math.floor(runs / 2)], p90: times[Math.ceil(0.9 * runs) - 1] };
  };

  it('of a tenth of two calls a second is found in half a minute, and nearly always in one', () => {
    const { median, p90 } = found([kindOf('errors > 0.5 %')], { from: 0, errorRate: 0.1 });
    expect(median).toBeLessThanOrEqual(30);
    expect(p90).toBeLessThanOrEqual(60);
  });

  it('is found as soon when it begins after half an hour of health', () => {
    const fault = { from: 180, errorRate: 0.1 };
    const { median, p90 } = found([kindOf('errors > control + 10 %')], fault, 200);
    expect(median).toBeLessThanOrEqual(30);
    expect(p90).toBeLessThanOrEqual(60);
  }, 60_000);

  it('that doubles p95 is found within a minute at two candidate calls a second', () => {
    const { p90 } = found([kindOf('p95 > control + 10 %')], { from: 0, slower: 2 });
    expect(p90).toBeLessThanOrEqual(60);
  });
});

describe('the looks of a recorded run in which the candidate failed', () => {
  const kind = kindOf('errors > control + 10 %');
  // Twenty minutes of health, then forty in which a tenth of the candidate's calls failed.
  const looks = recordedLooks(kind, shapeOf('constant'), { from: 120, errorRate: 0.1 }, 360);

  it('are red as they were', () => {
    expect(isRed(kind, looks)).toBe(true);
    expect(isRed(kind, looks.slice(0, 120))).toBe(false);
  });

  it('are no evidence when the sides of its calls are drawn anew within each look', () => {
    const runs = 200;
    const taken = Array.from({ length: runs }, (_, run) => {
      const random = seededRandom(run + 1);
      const others = looks.map((look) => shuffled(look, random));
      return isRed(kind, others);
    }).filter(Boolean).length;
    expect(lowerBound(runs, taken)).toBeLessThanOrEqual(ROLLBACK_ALPHA);
  }, 60_000);
});

describe('the picture in the guide', () => {
  it('is what the judge says today', () => {
    expect(readFileSync(join(import.meta.dirname, '../docs/guide/evidence.svg'), 'utf8')).toBe(
      evidencePlot(),
    );
  });
});
