import { rowsOf, rulesOf, type Run } from '../engine/index.ts';
import { explainRow, formatMeasure, type Explanation } from '../gate/index.ts';

/** A row of a look with what stands behind its verdict. */
export type ExplainedRow = Explanation & {
  readonly title: string;
  readonly colour: string;
  readonly reason: string;
  readonly limits: { readonly yellow: string; readonly red: string };
  readonly isOfProcesses: boolean;
  /** What was counted in the last look, both sides. */
  readonly counted: {
    readonly candidate: readonly [number, number];
    readonly control: readonly [number, number];
  } | null;
};

/** Why a look said what it said, row by row. Asks the judge itself. */
export function explainLook(run: Run, look: NonNullable<Run['look']>): readonly ExplainedRow[] {
  const planRows = rowsOf(run.plan, look.gate);
  return look.rows.flatMap(({ title, colour, reason, measure, memory }) => {
    const row = planRows.find((one) => one.title === title);
    const metric = row === undefined ? undefined : run.plan.metrics[row.metric];
    if (row === undefined || metric === undefined) return [];
    const strata = measure.counts?.strata;
    const sum = (side: 'candidate' | 'control', what: 'calls' | 'red'): number =>
      (strata ?? []).reduce((total, one) => total + one[side][what], 0);
    return [
      {
        title,
        colour,
        reason,
        isOfProcesses: metric.kind === 'gauge',
        limits: { yellow: formatMeasure(row, metric, row.yellow), red: formatMeasure(row, metric, row.red) },
        counted:
          strata === undefined
            ? null
            : {
                candidate: [sum('candidate', 'red'), sum('candidate', 'calls')] as const,
                control: [sum('control', 'red'), sum('control', 'calls')] as const,
              },
        ...explainRow(row, metric, measure, memory, rulesOf(run, row)),
      },
    ];
  });
}
