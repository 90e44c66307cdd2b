import type { Metric, Row } from '../plan/index.ts';
import { capitalOf, pay, stake, type Capital } from './capital.ts';
import { claimsOf, suddenToleranceOf, toleranceOf } from './claims.ts';
import { comparedFactors, sumOf, type Counts } from './counts.ts';
import { LESS_SIZES, LESS_WEIGHTS, limitFactors, SIZES, type Tally } from './factors.ts';
import type { RowMeasure } from './judge.ts';
import { spreadTolerance } from './spread.ts';
import { EVERY_LOOK, gambled, KEEPING, stakeAt, suddenIn } from './staking.ts';
import { NO_SURGE, surgeAfter, type Surge } from './surge.ts';
import { calibrated, watched, type Threshold } from './threshold.ts';

/**
 * The evidence of one row, carried from look to look. Four claims are bet against:
 *
 *   beyond   the candidate keeps the red limit, with the tolerance of what rolls back by itself
 *   worse    the candidate is no worse than control at the same time, with the same tolerance (absolute limits only)
 *   warning  the candidate keeps the yellow limit; no tolerance
 *   fine     the candidate is as bad as the red limit; only refuting this is green. Begins again with every stage
 */
export type RowEvidence = {
  readonly stage: string;
  readonly looks: number;
  readonly beyond: Capital;
  readonly worse: Capital;
  readonly warning: Capital;
  readonly fine: Capital;
  /** Whether `worse` is asked: a row against control asks it by `beyond`. */
  readonly isCompared: boolean;
  /** Of this stage, for how much control there is. */
  readonly calls: readonly [candidate: number, control: number];
  readonly threshold: Threshold | null;
  /** Of the comparison with control at the same time. Absent before the first. */
  readonly surge?: Surge;
  readonly instances: Readonly<Record<string, readonly [calls: number, hits: number]>>;
};

const MOST_EVIDENCE = 1e6;
/** What is called fine can be doubted again: it never owns more than this. */
const MOST_FINE = 1e3;

export const NO_EVIDENCE: RowEvidence = {
  stage: '',
  looks: 0,
  beyond: capitalOf(SIZES.length),
  worse: capitalOf(SIZES.length),
  warning: capitalOf(SIZES.length),
  fine: capitalOf(LESS_SIZES.length),
  isCompared: false,
  calls: [0, 0],
  threshold: null,
  instances: {},
};

/** The evidence after one more look. Pure; everything about the look is in the measure that the log keeps. */
export function gather(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  before: RowEvidence,
  alpha: number,
): RowEvidence {
  const { counts } = measure;
  if (counts === undefined || counts === null)
    return { ...before, threshold: calibrated(row, metric, measure, before.threshold) };
  const isNew = before.stage !== counts.stage;
  const started = isNew ? newStage(before, counts.stage) : before;
  const instances =
    counts.instances === null ? started.instances : addInstances(started.instances, counts.instances.control);
  return {
    ...started,
    looks: started.looks + 1,
    isCompared: row.against !== 'control',
    ...paid({ row, metric, measure, counts, alpha, isNew }, started),
    calls: [
      started.calls[0] + sumOf(counts, 'candidate', 'calls'),
      started.calls[1] + sumOf(counts, 'control', 'calls'),
    ],
    instances,
    threshold: calibrated(row, metric, measure, watched(row, counts, started.threshold)),
  };
}

function newStage(before: RowEvidence, stage: string): RowEvidence {
  return { ...before, stage, fine: FINE_BEGINS, calls: NONE, instances: {}, surge: NO_SURGE };
}

const FINE_BEGINS = stake(capitalOf(LESS_SIZES.length), 1, LESS_WEIGHTS);
const NONE = [0, 0] as const;

type Channels = Pick<RowEvidence, 'beyond' | 'worse' | 'warning' | 'fine' | 'surge'>;

type Look = {
  readonly row: Row;
  readonly metric: Metric;
  readonly measure: RowMeasure;
  readonly counts: Counts;
  readonly alpha: number;
  /** Whether it is the first of a stage. */
  readonly isNew: boolean;
};

function paid(
  { row, metric, measure, counts, alpha, isNew }: Look,
  { looks, beyond, worse, warning, fine, instances, surge = NO_SURGE }: RowEvidence,
): Channels {
  const spread = spreadOf(counts, instances);
  const isPaired = row.against === 'control' && (measure.referenceKind === 'control' || hasHeldBack(counts));
  const paired = isPaired ? { ...measure, referenceKind: 'control' as const } : measure;
  const claims = claimsOf(row, metric, paired, spread);
  const all = isPaired ? null : tallies(counts);
  const against = (limit: 'red' | 'yellow', claim: number, sizes: readonly number[]) =>
    all === null ? comparedFactors(counts, limit, claim, sizes) : limitFactors(all[limit], claim, sizes);
  const sudden = suddenIn(row, metric, measure);
  const after = sudden === null ? surge : surgeAfter(surge, counts, suddenToleranceOf(row) * spread);
  const bet = (channel: 'beyond' | 'worse', capital: Capital, factors: readonly number[]): Capital => {
    const isSudden = channel === sudden;
    const owned = isSudden ? gambled(capital, after, 1 / alpha) : capital;
    return pay(owned, factors, MOST_EVIDENCE, stakeAt(looks, isNew, isSudden ? KEEPING : EVERY_LOOK));
  };
  return {
    beyond: bet('beyond', beyond, against('red', claims.beyond, SIZES)),
    worse:
      row.against === 'control'
        ? worse
        : bet('worse', worse, comparedFactors(counts, 'red', toleranceOf(row) * spread, SIZES)),
    warning: pay(
      warning,
      against('yellow', claims.warning, SIZES),
      MOST_EVIDENCE,
      stakeAt(looks, isNew, EVERY_LOOK),
    ),
    fine: pay(fine, against('red', claims.fine, LESS_SIZES), MOST_FINE),
    surge: after,
  };
}

function spreadOf({ instances: serving }: Counts, instances: RowEvidence['instances']): number {
  if (serving === null) return 1;
  const control = Object.values(instances).map(([calls, hits]) => ({ calls, hits }));
  return spreadTolerance(control, serving.candidates);
}

function tallies(counts: Counts): Readonly<Record<'red' | 'yellow', Tally>> {
  const calls = sumOf(counts, 'candidate', 'calls');
  return {
    red: { calls, hits: sumOf(counts, 'candidate', 'red') },
    yellow: { calls, hits: sumOf(counts, 'candidate', 'yellow') },
  };
}

function addInstances(
  before: RowEvidence['instances'],
  seen: RowEvidence['instances'],
): RowEvidence['instances'] {
  const sum: Record<string, readonly [number, number]> = { ...before };
  for (const [id, [calls, hits]] of Object.entries(seen)) {
    const [oldCalls, oldHits] = sum[id] ?? [0, 0];
    sum[id] = [oldCalls + calls, oldHits + hits];
  }
  return sum;
}

/**
 * Whether control serves beside the candidate in this look. A holdback has too few calls in a window for a rate of its own to
 * be shown, and they are still the ones to compare with: what happens to everybody happens to them. Judged by calls alone, so
 * that the look's outcome has no part in how it is bet on.
 */
function hasHeldBack(counts: Counts): boolean {
  const [candidate, control] = [sumOf(counts, 'candidate', 'calls'), sumOf(counts, 'control', 'calls')];
  return control >= Math.max(1, candidate * LEAST_CONTROL);
}

/** Whether control serves enough beside the candidate to say that both suffer alike. */
export function hasControl({ calls: [candidate, control] }: RowEvidence): boolean {
  return control >= Math.max(1, candidate * LEAST_CONTROL);
}

/** Below it control is what was still on its way when everything was exposed; a holdback of one percent is above. */
const LEAST_CONTROL = 0.005;
