import { formatMeasure } from '../gate/index.ts';
import type { Plan, Row } from '../plan/index.ts';

/** A row in words: what it judges, its limits in the unit of what it compares, and what red does. */
export type RowWords = {
  readonly title: string;
  readonly judges: string;
  readonly yellow: string;
  readonly red: string;
  readonly onRed: Row['onRed'];
};

export function rowWords({ metrics }: Plan, row: Row): RowWords {
  const metric = metrics[row.metric];
  const limit = (value: number): string =>
    metric === undefined ? String(value) : formatMeasure(row, metric, value);
  const { title, against, onRed } = row;
  const judges = `${row.metric}${against === 'value' ? '' : ` against ${against}`}`;
  return { title, judges, yellow: limit(row.yellow), red: limit(row.red), onRed };
}
