import {
  divideAlpha,
  judgeAssignment,
  judgeGate,
  judgeRow,
  NO_MEMORY,
  scaleSettings,
  type AssignmentMemory,
  type RowMeasure,
  type RowMemory,
  type SeenAssignment,
} from '../gate/index.ts';
import { stageAt, type Plan, type Position, type Row } from '../plan/index.ts';
import type { CutoverEvent, RecordedRow } from './events.ts';
import { rowsOf } from './rows.ts';

/** What a look is judged by: the plan, the run's clock, and what rows remember. */
export type Judging = {
  readonly plan: Plan;
  readonly timeScale: number;
  readonly memory: Readonly<Record<string, RowMemory>>;
  /** Before that a gate about the shadow is judged by its own rows. */
  readonly isAnythingExposed: boolean;
  /** What the run remembers of how calls were divided. */
  readonly assignment: AssignmentMemory;
  readonly position: Position | null;
};

export type Judged = Pick<
  Extract<CutoverEvent, { kind: 'gate.looked' }>,
  'verdict' | 'action' | 'investigate' | 'rows' | 'assignment'
>;

/**
 * The verdict of a look from what it measured. Pure, and the only way to one: the controller logs what this says, and a
 * replay says it again.
 *
 * @param measureOf what was measured for a row; `undefined` leaves the row out
 * @param seen how calls were divided; `undefined` where nobody asked
 */
export function judgeLook(
  judging: Judging,
  gate: string,
  measureOf: (row: Row) => RowMeasure | undefined,
  seen?: SeenAssignment,
): Judged {
  const { plan } = judging;
  const planRows = rowsOf(plan, gate, judging.isAnythingExposed);
  const rows = planRows.flatMap((row) => {
    const measure = measureOf(row);
    return measure === undefined ? [] : judgedRow(judging, row, measure);
  });
  const judged = { ...judgeGate(planRows, rows, plan.precedence), rows };
  if (seen === undefined) return judged;
  const stage = stageAt(plan, judging.position).id;
  const repositories = Object.keys(plan.repositories).length;
  const { findings, memory } = judgeAssignment(seen, judging.assignment, stage, repositories);
  // Rows compare the sides; where calls are not divided as they should be, that says nothing.
  const verdict = judged.verdict === 'pass' && findings.length > 0 ? 'insufficient' : judged.verdict;
  return { ...judged, verdict, assignment: { seen, findings, memory } };
}

function judgedRow(judging: Judging, row: Row, measure: RowMeasure): readonly RecordedRow[] {
  const { plan, memory } = judging;
  const metric = plan.metrics[row.metric];
  if (metric === undefined) return [];
  const rules = rulesOf(judging, row);
  return [{ ...judgeRow(row, metric, measure, memory[row.title] ?? NO_MEMORY, rules), measure }];
}

/** What one row of a run is judged by. */
export function rulesOf(
  { plan, timeScale }: Pick<Judging, 'plan' | 'timeScale'>,
  { onRed }: Row,
): Parameters<typeof judgeRow>[4] {
  return {
    maxAgeMs: scaleSettings(plan.measure, timeScale).maxAgeMs,
    alpha: divideAlpha(plan, onRed).each,
    // A rehearsal has minutes for what takes days: it shows that red is found, not that green was earned.
    needsFine: timeScale === 1,
  };
}
