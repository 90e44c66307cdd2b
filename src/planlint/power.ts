import { rowsOf, rulesOf } from '../engine/index.ts';
import {
  healthyAfter,
  latencyLimits,
  NO_HISTORY,
  POWER,
  powerOf,
  smallestFound,
  type Healthy,
  type PowerRow,
  type PowerStage,
} from '../gate/index.ts';
import type { HoldStep, Metric, Plan, Row } from '../plan/index.ts';
import { heldStages, type HeldStage } from './held-stages.ts';

/** What one row can find in one hold. */
export type RowPower = {
  readonly title: string;
  readonly metric: string;
  readonly kind: 'errorRate' | 'latency';
  /** In the metric's base unit. */
  readonly normal: number;
  /** The plan does not say what is normal, so something was assumed. */
  readonly isAssumed: boolean;
  /** Times the normal, and as a measure; `null` if not even 130 times the normal is found. */
  readonly smallest: { readonly times: number; readonly value: number } | null;
  /** Probability of finding what is twice the red limit. */
  readonly ofTwiceRed: number;
};

export type HoldPower = Pick<HeldStage, 'phase' | 'exposure' | 'of' | 'holdback' | 'repositories'> & {
  readonly step: string;
  readonly forMs: number;
  readonly rows: readonly RowPower[];
};

/**
 * What each hold of an environment can find, of rows about calls. The candidate is healthy through the holds before and
 * worse from the first call of this one on. Calls are independent and evenly divided over repositories. Pure.
 *
 * @param rps calls a second of all repositories, both sides together
 */
export function planPower(plan: Plan, environment: string, rps: number): readonly HoldPower[] {
  return rowsInHolds(plan, environment, rps).map(({ held, rows }) => {
    const { phase, exposure, of, holdback, repositories, hold } = held;
    const found = rows.map(({ row, metric, normal, isAssumed, asked, healthy, stage }): RowPower => {
      const times = smallestFound(asked, healthy, stage);
      return {
        title: row.title,
        metric: row.metric,
        kind: metric.kind,
        normal,
        isAssumed,
        smallest: times === null ? null : { times, value: Math.min(most(metric), asked.normal * times) },
        ofTwiceRed: powerOf(asked, healthy, stage, twiceRed(row, metric, normal)),
      };
    });
    return { phase, exposure, of, holdback, repositories, step: hold.id, forMs: hold.forMs, rows: found };
  });
}

type Asked = CallRow & {
  readonly asked: PowerRow;
  /** What it remembers of holds before, in each simulated migration. */
  readonly healthy: Healthy;
  readonly stage: PowerStage;
};

/** Each hold with its rows as they come to it: after healthy holds before, of which it remembers those that judged it. */
function rowsInHolds(
  plan: Plan,
  environment: string,
  rps: number,
): readonly { readonly held: HeldStage; readonly rows: readonly Asked[] }[] {
  const known = new Map<string, Healthy>();
  return heldStages(plan, environment, rps).map((held) => {
    const rows = callRows(plan, held.hold).map((one): Asked => {
      const { row, metric, normal } = one;
      const asked = powerRow(plan, row, metric, normal);
      const healthy = known.get(row.title) ?? NO_HISTORY;
      const stage = stageOf(held, metric);
      known.set(row.title, healthyAfter(asked, healthy, stage));
      return { ...one, asked, healthy, stage };
    });
    return { held, rows };
  });
}

/** A hold whose row does not find what is twice its red limit, and what would. */
export type WeakHold = {
  readonly phase: string;
  readonly step: string;
  readonly row: string;
  readonly power: number;
  readonly forMs: number;
  /** The shortest hold that finds it, of doublings; `null` if none of a week does. */
  readonly longerMs: number | null;
  /** The smallest exposure that finds it in the same time, 0..10000; `null` if none up to a half does. */
  readonly wider: number | null;
};

export function weakHolds(plan: Plan, environment: string, rps: number): readonly WeakHold[] {
  return rowsInHolds(plan, environment, rps).flatMap(({ held, rows }) =>
    rows.filter(({ row }) => row.onRed !== 'investigate').flatMap((one) => weakOrNot(held, one)),
  );
}

function weakOrNot(held: HeldStage, { row, metric, normal, asked, healthy }: Asked): readonly WeakHold[] {
  const effect = twiceRed(row, metric, normal);
  const finds = (changed: HeldStage): number => powerOf(asked, healthy, stageOf(changed, metric), effect);
  const power = finds(held);
  if (power >= POWER) return [];
  const { hold, phase } = held;
  const longerMs = doublings(hold.forMs).find(
    (forMs) => finds({ ...held, hold: { ...hold, forMs } }) >= POWER,
  );
  const wider = EXPOSURES.filter((exposure) => exposure > held.exposure).find(
    (exposure) => finds(withExposure(held, exposure)) >= POWER,
  );
  return [
    {
      phase,
      step: hold.id,
      row: row.title,
      power,
      forMs: hold.forMs,
      longerMs: longerMs ?? null,
      wider: wider ?? null,
    },
  ];
}

const EXPOSURES: readonly number[] = [100, 200, 500, 1_000, 2_000, 2_500, 3_000, 4_000, 5_000];
const WEEK_MS = 7 * 86_400_000;

function doublings(forMs: number): readonly number[] {
  const longer: number[] = [];
  for (let next = forMs * 2; next <= WEEK_MS; next *= 2) longer.push(next);
  return longer;
}

function withExposure(held: HeldStage, exposure: number): HeldStage {
  const strata = held.strata.map((one) => (one.isFaulty ? { ...one, share: exposure / 10_000 } : one));
  return { ...held, exposure, strata };
}

type CallMetric = Extract<Metric, { kind: 'errorRate' | 'latency' }>;
type CallRow = {
  readonly row: Row;
  readonly metric: CallMetric;
  readonly normal: number;
  readonly isAssumed: boolean;
};

function callRows(plan: Plan, { gate }: HoldStep): readonly CallRow[] {
  return rowsOf(plan, gate).flatMap((row) => {
    const metric = plan.metrics[row.metric];
    if (metric === undefined || (metric.kind !== 'errorRate' && metric.kind !== 'latency')) return [];
    // Requests and pages come at another rate than calls, which nobody has said.
    if (row.against === 'hour' || metric.of !== undefined) return [];
    const normal = metric.expected ?? assumedNormal(row, metric);
    return [{ row, metric, normal, isAssumed: metric.expected === null }];
  });
}

/** One call in a thousand fails, and what is normal is well within a limit. */
const USUAL_ERRORS = 0.001;
const USUAL_MS = 50;

function assumedNormal(row: Row, metric: CallMetric): number {
  const limit = Math.min(row.yellow, row.red);
  if (metric.kind === 'errorRate')
    return row.against === 'value' ? Math.min(USUAL_ERRORS, limit / 2) : USUAL_ERRORS;
  return row.against === 'value' ? limit / 1.5 : USUAL_MS;
}

/** Twice what the row lets pass, as times the normal. At the limit itself nobody can tell both sides of it apart. */
function twiceRed(row: Row, metric: CallMetric, normal: number): number {
  const limit =
    metric.kind === 'latency'
      ? (latencyLimits(row, { ms: normal, calls: 0, hits: 0 })?.red ?? row.red) / normal
      : row.against === 'value'
        ? row.red / Math.max(normal, LEAST_RATE)
        : 1 + row.red;
  return 2 * Math.max(1, limit);
}

const LEAST_RATE = 1e-6;

function most(metric: CallMetric): number {
  return metric.kind === 'errorRate' ? 1 : Infinity;
}

function powerRow(plan: Plan, row: Row, metric: CallMetric, normal: number): PowerRow {
  const { everyMs, windowMs } = plan.measure;
  const rules = rulesOf({ plan, timeScale: 1 }, row);
  return { row, metric, rules, normal: Math.max(normal, LEAST_RATE), everyMs, windowMs };
}

function stageOf({ id, hold, strata }: HeldStage, metric: CallMetric): PowerStage {
  const mine = strata.filter(({ repository }) => metric.repositories?.includes(repository) ?? true);
  return { id, forMs: hold.forMs, strata: mine };
}
