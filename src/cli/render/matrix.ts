import type { RowStatus, StatusDocument } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { heading, wrap } from './text.ts';

const COLOURS: Readonly<Record<RowStatus['colour'], { readonly mark: string; readonly style: Style }>> = {
  green: { mark: '✔', style: 'good' },
  yellow: { mark: '!', style: 'warning' },
  red: { mark: '✖', style: 'bad' },
  none: { mark: '?', style: 'dim' },
};
const VERDICTS: Readonly<Record<string, Style>> = { pass: 'good', fail: 'bad', stale: 'warning' };

/** The rows of the last look: verdict, value, limits, samples; and why, where a row is not green. */
export function matrixLines({ gate, at }: StatusDocument, width: number, paint: Paint): readonly string[] {
  if (gate === null) return [];
  const head = ['', '', 'measured', 'yellow', 'red', 'samples'].map((text, column): Cell => ({
    text,
    style: 'dim',
    ...(column > 1 && { align: 'right' as const }),
  }));
  const age = `${Math.max(0, Math.round((at - gate.at) / 1_000))} s ago`;
  const verdict = paint(VERDICTS[gate.verdict] ?? 'warning', gate.verdict);
  return [
    `${heading(gate.name === 'matrix' ? 'Matrix' : `Gate ${gate.name}`, paint)}: ${verdict}, looked at ${age}`,
    ...table([head, ...gate.rows.map(rowOf)], width, paint),
    ...gate.rows.filter(({ colour }) => colour !== 'green').flatMap((row) => reasonLines(row, width, paint)),
  ];
}

function rowOf({ title, colour, value, yellow, red, samples }: RowStatus): readonly Cell[] {
  const { mark, style } = COLOURS[colour];
  return [
    { text: colour === 'none' ? `${mark} no data` : `${mark} ${colour}`, style },
    { text: title },
    { text: value, align: 'right', style: colour === 'green' ? 'plain' : style },
    { text: yellow, align: 'right' },
    { text: red, align: 'right' },
    { text: samples.toLocaleString('en-US'), align: 'right' },
  ];
}

function reasonLines({ title, reason }: RowStatus, width: number, paint: Paint): readonly string[] {
  return wrap(`${title}: ${reason}`, width, '    ').map((line) => paint('dim', line));
}
