import type { RowStatus, StatusDocument } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import type { Section } from './fit.ts';
import { type Cell, table } from './table.ts';
import { heading, wrap } from './text.ts';

const COLOURS: Readonly<Record<RowStatus['colour'], { readonly mark: string; readonly style: Style }>> = {
  green: { mark: '✔', style: 'good' },
  yellow: { mark: '!', style: 'warning' },
  red: { mark: '✖', style: 'bad' },
  none: { mark: '?', style: 'dim' },
};
const VERDICTS: Readonly<Record<string, Style>> = { pass: 'good', fail: 'bad', stale: 'warning' };

/** The rows of the last look: verdict, value, limits, samples; and why, where that is not plain to see. */
export function matrixVersions({ gate, at }: StatusDocument, width: number, paint: Paint): Section {
  if (gate === null) return [[]];
  const age = `${Math.max(0, Math.round((at - gate.at) / 1_000))} s ago`;
  const verdict = paint(VERDICTS[gate.verdict] ?? 'warning', gate.verdict);
  const title = `${heading(gate.name === 'matrix' ? 'Matrix' : `Gate ${gate.name}`, paint)}: ${verdict}, looked at ${age}`;
  const said = [
    ...gate.assignment.flatMap(({ text }) =>
      wrap(`Assignment: ${text}`, width, '  ').map((line) => paint('warning', line)),
    ),
    ...gate.controlGroup.flatMap((text) => wrap(text, width, '  ')),
  ];
  const rows = [title, ...said, ...rowLines(gate.rows, width, paint)];
  const open = gate.rows.filter(({ colour }) => colour !== 'green');
  const few = open.length === gate.rows.length ? rows : [summaryOf(title, gate.rows, open)];
  return [
    [...rows, ...gate.rows.filter(needsReason).flatMap((row) => reasonLines(row, width, paint))],
    rows,
    open.length === 0 ? few : [...few, ...rowLines(open, width, paint).slice(1)],
  ];
}

function rowLines(rows: readonly RowStatus[], width: number, paint: Paint): readonly string[] {
  const head = ['', '', 'measured', 'yellow', 'red', 'samples'].map((text, column): Cell => ({
    text,
    style: 'dim',
    ...(column > 1 && { align: 'right' as const }),
  }));
  const lines = table([head, ...rows.map(rowOf)], width, paint);
  if (!rows.some(({ of }) => of === 'processes')) return lines;
  return [...lines, paint('dim', '  * of processes, by looks in a row: weaker evidence')];
}

function summaryOf(title: string, rows: readonly RowStatus[], open: readonly RowStatus[]): string {
  return `${title}, ${rows.length - open.length} of ${rows.length} rows green`;
}

function needsReason({ colour, small }: RowStatus): boolean {
  return colour !== 'green' || small;
}

function rowOf({ title, colour, value, yellow, red, samples, of }: RowStatus): readonly Cell[] {
  const { mark, style } = COLOURS[colour];
  return [
    { text: colour === 'none' ? `${mark} no data` : `${mark} ${colour}`, style },
    { text: of === 'processes' ? `${title} *` : title },
    { text: value, align: 'right', style: colour === 'green' ? 'plain' : style },
    { text: yellow, align: 'right' },
    { text: red, align: 'right' },
    { text: samples.toLocaleString('en-US'), align: 'right' },
  ];
}

function reasonLines({ title, reason }: RowStatus, width: number, paint: Paint): readonly string[] {
  return wrap(`${title}: ${reason}`, width, '    ').map((line) => paint('dim', line));
}
