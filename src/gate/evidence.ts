import type { Metric, Row } from '../plan/index.ts';
import { capitalOf, pay, stake, type Capital } from './capital.ts';
import { claimsOf, toleranceOf } from './claims.ts';
import { comparedFactors, sumOf, type Counts } from './counts.ts';
import { LESS_SIZES, LESS_WEIGHTS, limitFactors, SIZES, WEIGHTS } from './factors.ts';
import type { RowMeasure } from './judge.ts';
import { spreadTolerance } from './spread.ts';
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
  readonly instances: Readonly<Record<string, readonly [calls: number, hits: number]>>;
};

/** Half of the cash would be staked over the first so many looks; later ever less, so that days are not too long. */
const STAKE_PACE = 60;
const STAKE_PER_LOOK = 0.5;
/** A new exposure is when things break. */
const STAKE_PER_STAGE = 0.7;
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
export function gather(row: Row, metric: Metric, measure: RowMeasure, before: RowEvidence): RowEvidence {
  const { counts } = measure;
  if (counts === undefined || counts === null)
    return { ...before, threshold: calibrated(row, metric, measure, before.threshold) };
  const staged = before.stage === counts.stage ? before : newStage(before, counts.stage);
  const started = trickle(staged);
  const instances = addInstances(started.instances, counts.instances?.control ?? {});
  return {
    ...started,
    looks: started.looks + 1,
    isCompared: row.against !== 'control',
    ...paid(row, metric, measure, counts, started),
    calls: [
      started.calls[0] + sumOf(counts, 'candidate', 'calls'),
      started.calls[1] + sumOf(counts, 'control', 'calls'),
    ],
    instances,
    threshold: calibrated(row, metric, measure, watched(row, counts, started.threshold)),
  };
}

function newStage(before: RowEvidence, stage: string): RowEvidence {
  const staked = (capital: Capital): Capital => stake(capital, STAKE_PER_STAGE, WEIGHTS);
  return {
    ...before,
    stage,
    beyond: staked(before.beyond),
    worse: staked(before.worse),
    warning: staked(before.warning),
    fine: stake(capitalOf(LESS_SIZES.length), 1, LESS_WEIGHTS),
    calls: [0, 0],
    instances: {},
  };
}

/** A fault may begin at any look, so a little is staked before each. */
function trickle(before: RowEvidence): RowEvidence {
  const share = STAKE_PER_LOOK / (before.looks + STAKE_PACE);
  const staked = (capital: Capital): Capital => stake(capital, share, WEIGHTS);
  return {
    ...before,
    beyond: staked(before.beyond),
    worse: staked(before.worse),
    warning: staked(before.warning),
  };
}

type Channels = Pick<RowEvidence, 'beyond' | 'worse' | 'warning' | 'fine'>;

function paid(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  counts: Counts,
  { beyond, worse, warning, fine, instances }: RowEvidence,
): Channels {
  const spread =
    counts.instances === null
      ? 1
      : spreadTolerance(
          Object.values(instances).map(([calls, hits]) => ({ calls, hits })),
          counts.instances.candidates,
        );
  const tolerance = toleranceOf(row);
  const isPaired = row.against === 'control' && (measure.referenceKind === 'control' || hasHeldBack(counts));
  const claims = claimsOf(row, metric, isPaired ? { ...measure, referenceKind: 'control' } : measure, spread);
  const against = (limit: 'red' | 'yellow', claim: number, sizes: readonly number[]) =>
    isPaired
      ? comparedFactors(counts, limit, claim, sizes)
      : limitFactors(
          { calls: sumOf(counts, 'candidate', 'calls'), hits: sumOf(counts, 'candidate', limit) },
          claim,
          sizes,
        );
  return {
    beyond: pay(beyond, against('red', claims.beyond, SIZES), MOST_EVIDENCE),
    worse:
      row.against === 'control'
        ? worse
        : pay(worse, comparedFactors(counts, 'red', tolerance * spread, SIZES), MOST_EVIDENCE),
    warning: pay(warning, against('yellow', claims.warning, SIZES), MOST_EVIDENCE),
    fine: pay(fine, against('red', claims.fine, LESS_SIZES), MOST_FINE),
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
