import { formatMeasure } from '../gate/index.ts';
import type { Plan, Row } from '../plan/index.ts';
import { stepText } from './step-text.ts';

/** A row in words: what it judges, its limits in the unit of what it compares, and what red does. */
export type RowWords = {
  readonly title: string;
  readonly judges: string;
  readonly yellow: string;
  readonly red: string;
  readonly onRed: Row['onRed'];
};

/** The parts of a plan that need its metrics or the kinds of its steps to be said in words. */
export type PlanWords = {
  /** By `phase/step`. */
  readonly steps: Readonly<Record<string, string>>;
  readonly gates: Readonly<Record<string, readonly RowWords[]>>;
  /** What control has to show after a rollback. */
  readonly confirm: readonly RowWords[];
};

export function planWords(plan: Plan): PlanWords {
  const steps = plan.phases.flatMap(({ id, steps: all }) =>
    all.map((step): [string, string] => [`${id}/${step.id}`, stepText(step)]),
  );
  const gates = Object.entries(plan.gates).map(([name, rows]): [string, readonly RowWords[]] => [
    name,
    rows.map((row) => rowWords(plan, row)),
  ]);
  return {
    steps: Object.fromEntries(steps),
    gates: Object.fromEntries(gates),
    confirm: (plan.rollback.confirm?.rows ?? []).map((row) => rowWords(plan, row)),
  };
}

export function rowWords({ metrics }: Plan, row: Row): RowWords {
  const metric = metrics[row.metric];
  const limit = (value: number): string =>
    metric === undefined ? String(value) : formatMeasure(row, metric, value);
  const { title, against, onRed } = row;
  const judges = `${row.metric}${against === 'value' ? '' : ` against ${against}`}`;
  return { title, judges, yellow: limit(row.yellow), red: limit(row.red), onRed };
}
