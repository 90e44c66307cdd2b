import {
  divideAlpha,
  judgeGate,
  judgeRow,
  NO_MEMORY,
  scaleSettings,
  type RowMeasure,
  type RowMemory,
} from '../gate/index.ts';
import type { Plan, Row } from '../plan/index.ts';
import type { CutoverEvent, RecordedRow } from './events.ts';
import { rowsOf } from './rows.ts';

/** What a look is judged by: the plan, the run's clock, and what rows remember. */
export type Judging = {
  readonly plan: Plan;
  readonly timeScale: number;
  readonly memory: Readonly<Record<string, RowMemory>>;
  /** Before that a gate about the shadow is judged by its own rows. */
  readonly isAnythingExposed: boolean;
};

export type Judged = Pick<
  Extract<CutoverEvent, { kind: 'gate.looked' }>,
  'verdict' | 'action' | 'investigate' | 'rows'
>;

/**
 * The verdict of a look from what it measured. Pure, and the only way to one: the controller logs what this says, and a
 * replay says it again.
 *
 * @param measureOf what was measured for a row; `undefined` leaves the row out
 */
export function judgeLook(
  judging: Judging,
  gate: string,
  measureOf: (row: Row) => RowMeasure | undefined,
): Judged {
  const { plan } = judging;
  const planRows = rowsOf(plan, gate, judging.isAnythingExposed);
  const rows = planRows.flatMap((row) => {
    const measure = measureOf(row);
    return measure === undefined ? [] : judgedRow(judging, row, measure);
  });
  return { ...judgeGate(planRows, rows, plan.precedence), rows };
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
  { plan, timeScale }: Omit<Judging, 'memory' | 'isAnythingExposed'>,
  { onRed }: Row,
): Parameters<typeof judgeRow>[4] {
  return {
    maxAgeMs: scaleSettings(plan.measure, timeScale).maxAgeMs,
    alpha: divideAlpha(plan, onRed).each,
    // A rehearsal has minutes for what takes days: it shows that red is found, not that green was earned.
    needsFine: timeScale === 1,
  };
}
