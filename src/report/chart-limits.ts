import { rowsOf, type State } from '../engine/index.ts';
import type { Plan, Row } from '../plan/index.ts';

/** A limit that a chart can draw: of a row that judges what the chart shows. */
export type ChartLimit = {
  readonly gate: string;
  readonly title: string;
  readonly of: 'errorRate' | 'latency' | 'mismatchRate';
  /** Of a latency: its percentile. */
  readonly quantile: number | null;
  /** `null` is all. */
  readonly repositories: readonly string[] | null;
  readonly against: 'value' | 'baseline' | 'control' | 'hour';
  /** As the row has them: shares of the reference for `baseline` and `control`, else the metric's own unit. */
  readonly yellow: number;
  readonly red: number;
  /** In the metric's own unit; `null` where the limit moves with control, or nobody recorded a baseline. */
  readonly yellowAt: number | null;
  readonly redAt: number | null;
  readonly onRed: 'rollback' | 'pause' | 'investigate';
};

/** Limits of all gates on what calls and the shadow count. Routes and page views are not drawn by repository. */
export function chartLimits(plan: Plan, baseline: State['baseline']): readonly ChartLimit[] {
  return Object.keys(plan.gates).flatMap((gate) =>
    ownRows(plan, gate).flatMap((row): readonly ChartLimit[] => {
      const metric = plan.metrics[row.metric];
      if (metric?.kind !== 'errorRate' && metric?.kind !== 'latency' && metric?.kind !== 'mismatchRate')
        return [];
      if ('of' in metric && metric.of !== undefined) return [];
      const { title, against, yellow, red, onRed } = row;
      const reference = baseline?.metrics[row.metric]?.value;
      const at = (limit: number): number | null => {
        if (against === 'value') return limit;
        return against === 'baseline' && reference !== undefined ? reference * (1 + limit) : null;
      };
      return [
        {
          gate,
          title,
          of: metric.kind,
          quantile: metric.kind === 'latency' ? metric.quantile : null,
          repositories: metric.repositories,
          against,
          yellow,
          red,
          yellowAt: at(yellow),
          redAt: at(red),
          onRed,
        },
      ];
    }),
  );
}

/** Without those of the matrix, which are in every look. */
function ownRows(plan: Plan, gate: string): readonly Row[] {
  return rowsOf(plan, gate).slice(gate === 'matrix' ? 0 : (plan.gates['matrix'] ?? []).length);
}
