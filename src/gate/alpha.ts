import type { Metric, Plan, Row } from '../plan/index.ts';

/** Probability with which identical code may be taken back in one run, all rows together. */
export const ROLLBACK_ALPHA = 0.01;
/** The same for rows that pause or are investigated. */
export const WARNING_ALPHA = 0.05;
/** With which one row may call a candidate fine that is as bad as its red limit. Every row has to, so it is not divided. */
export const FINE_ALPHA = 0.05;

/** Calls can be counted; gauges, counters and new kinds of errors are judged by looks in a row. */
export function hasEvidence(metric: Metric): boolean {
  return (
    metric.kind === 'errorRate' ||
    metric.kind === 'latency' ||
    metric.kind === 'mismatchRate' ||
    ('gives' in metric && metric.gives === 'counts')
  );
}

/** How the probability of a false alarm is divided: evenly, over all rows of all gates that act alike. */
export type Division = {
  readonly total: number;
  readonly rows: number;
  /** What is left for one row; its evidence has to reach 1 / each. */
  readonly each: number;
};

export function divideAlpha(plan: Pick<Plan, 'gates' | 'metrics'>, onRed: Row['onRed']): Division {
  const isRollback = onRed === 'rollback';
  const total = isRollback ? ROLLBACK_ALPHA : WARNING_ALPHA;
  const rows = Object.values(plan.gates)
    .flat()
    .filter((row) => {
      const metric = plan.metrics[row.metric];
      return metric !== undefined && hasEvidence(metric) && (row.onRed === 'rollback') === isRollback;
    }).length;
  return { total, rows, each: total / Math.max(1, rows) };
}
