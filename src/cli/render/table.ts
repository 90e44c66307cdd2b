import type { Paint, Style } from '../paint.ts';
import { clip } from './text.ts';

export type Cell = { readonly text: string; readonly style?: Style; readonly align?: 'right' };

const GAP = 2;
/** A column is not made narrower than this; a line may then be too long, which a terminal wraps. */
const NARROWEST = 4;

/** Rows in aligned columns. When they do not fit, the widest column gives way until they do. */
export function table(
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
  indent = 2,
): readonly string[] {
  const columns = fitted(widestOf(rows), width - indent);
  return rows.map((row) => {
    const last = row.findLastIndex(({ text }) => text !== '');
    const cells = row.slice(0, last + 1).map((cell, index) => {
      const column = columns[index] ?? 0;
      const text = clip(cell.text, column);
      const room = ' '.repeat(column - text.length);
      const painted = paint(cell.style ?? 'plain', text);
      if (cell.align === 'right') return room + painted;
      return index === last ? painted : painted + room;
    });
    return ' '.repeat(indent) + cells.join(' '.repeat(GAP));
  });
}

function widestOf(rows: readonly (readonly Cell[])[]): number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => row[column]?.text.length ?? 0)),
  );
}

function fitted(columns: number[], width: number): readonly number[] {
  const total = (): number => columns.reduce((sum, column) => sum + column, 0) + GAP * (columns.length - 1);
  for (let over = total() - width; over > 0; over = total() - width) {
    const widest = columns.indexOf(Math.max(...columns));
    const before = columns[widest] ?? 0;
    if (before <= NARROWEST) break;
    columns[widest] = Math.max(NARROWEST, before - over, Math.floor(before / 2));
  }
  return columns;
}
