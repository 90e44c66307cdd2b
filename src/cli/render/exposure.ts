import type { SideStatus, StatusDocument } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { heading, percent } from './text.ts';

type Exposure = StatusDocument['exposure'][number];

/** What is set against what happens, by repository, and both sides in the same seconds. */
export function exposureLines({ exposure }: StatusDocument, width: number, paint: Paint): readonly string[] {
  if (exposure.length === 0) return [];
  const head = ['', 'set', 'actual', 'control', 'err', 'p95', 'candidate', 'err', 'p95'].map(
    (text, column): Cell => ({ text, style: 'dim', ...(column > 1 && { align: 'right' as const }) }),
  );
  return [heading('Exposure, last 10 s', paint), ...table([head, ...exposure.map(rowOf)], width, paint)];
}

function rowOf(one: Exposure): readonly Cell[] {
  return [
    { text: one.repository },
    one.killed ? { text: '✖ killed', style: 'bad' } : { text: setOf(one) },
    { text: one.actual === null ? '-' : percent(one.actual), align: 'right' },
    ...sideCells(one.control),
    ...sideCells(one.candidate),
  ];
}

function setOf({ set, of }: Exposure): string {
  return set === null ? 'unset' : `${percent(set)} ${of}`;
}

/** Calls, errors and p95 of one side. */
export function sideCells({ calls, errors, p95Ms }: SideStatus): readonly Cell[] {
  const number = (text: string, bad = false): Cell => ({
    text,
    align: 'right',
    ...(bad && { style: 'bad' as const }),
  });
  return [
    number(calls.toLocaleString('en-US')),
    number(errors.toLocaleString('en-US'), errors > 0),
    number(p95Ms === null ? '-' : `${p95Ms < 10 ? p95Ms.toFixed(2) : Math.round(p95Ms)}ms`),
  ];
}
