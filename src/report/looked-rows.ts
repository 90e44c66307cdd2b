import { rowsOf, type State } from '../engine/index.ts';
import type { Plan } from '../plan/index.ts';
import { shownRows, type RowStatus } from './status.ts';

type RecordedRows = NonNullable<NonNullable<State['run']>['look']>['rows'];

/** A row of a look for people, with the numbers that programs want beside the texts. */
export type LookedRow = RowStatus & {
  readonly metric: string;
  readonly against: string;
  /** The candidate's, in the metric's own unit. */
  readonly measured: number | null;
  readonly reference: number | null;
  readonly windowMs: number;
};

/** The rows of a look by the plan that it was taken by. */
export function lookedRows(plan: Plan, gate: string, rows: RecordedRows): readonly LookedRow[] {
  const planned = rowsOf(plan, gate);
  return shownRows(plan, gate, rows).map((shown) => {
    const of = planned.find(({ title }) => title === shown.title);
    const recorded = rows.find(({ title }) => title === shown.title);
    return {
      ...shown,
      metric: of?.metric ?? '',
      against: of?.against ?? '',
      measured: recorded?.measure.value ?? null,
      reference: recorded?.measure.reference ?? null,
      windowMs: plan.measure.windowMs,
    };
  });
}
