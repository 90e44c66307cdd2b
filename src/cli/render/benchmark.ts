import { assertNever } from '../../kernel/index.ts';
import type { Limits, OperationResult, Ratios } from '../benchmark/result.ts';
import type { LimitVerdict, Ratio } from '../benchmark/statistics.ts';
import type { Paint, Style } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { counted, wrap } from './text.ts';

type Shown = {
  readonly operations: readonly OperationResult[];
  readonly limits: Limits;
  readonly notes: readonly string[];
  readonly good: boolean;
};

/** The numbers of a benchmark as a table, what has none and why, and how it ended. */
export function benchmarkText(
  { operations, limits, notes, good }: Shown,
  width: number,
  paint: Paint,
): string {
  const rows = operations.filter(({ fault }) => fault === null).flatMap(operationRows);
  const faults = operations.flatMap(({ name, fault }) => (fault === null ? [] : [{ name, fault }]));
  const head = ['operation', '', 'control', 'candidate', 'ratio', '95 % of it'];
  return [
    ...(rows.length === 0
      ? []
      : table(
          [head.map((text, at) => ({ text, style: 'dim', ...right(at >= 2) })), ...rows],
          width,
          paint,
          0,
        )),
    ...faults.flatMap(({ name, fault }) => [
      paint('bad', `✖ ${name}: ${faultText(fault.kind, fault.side)}; no times`),
      ...fault.message.split('\n').flatMap((line) => wrap(line, width, '    ')),
    ]),
    ...notes.flatMap((note) => wrap(`! ${note}`, width)).map((line) => paint('warning', line)),
    ...wrap(`${good ? '✔' : '✖'} ${summary(operations, limits)}`, width).map((line) =>
      paint(good ? 'good' : 'bad', line),
    ),
  ].join('\n');
}

function operationRows({
  name,
  sides,
  ratio,
  against,
  verdict,
}: OperationResult): readonly (readonly Cell[])[] {
  const { control, candidate } = sides;
  const row = (label: string, key: 'median' | 'p95', first: string): readonly Cell[] => {
    const ms = (side: typeof control): Cell => ({
      text: side === undefined ? '' : time(key === 'median' ? side.medianMs : side.p95Ms),
      align: 'right',
    });
    return [
      { text: first, style: styleOf(verdict) },
      { text: label },
      ms(control),
      ms(candidate),
      ...ratioCells(ratio?.[key]),
    ];
  };
  const compared = Object.entries(against ?? {}).flatMap(([side, ratios]) => againstRows(side, ratios));
  return [row('median', 'median', name), row('p95', 'p95', ''), ...compared];
}

function againstRows(side: string, { median, p95 }: Ratios): readonly (readonly Cell[])[] {
  const row = (what: string, ratio: Ratio): readonly Cell[] => [
    { text: `  ${side}, kept` },
    { text: what },
    { text: '' },
    { text: '' },
    ...ratioCells(ratio),
  ];
  return [row('median', median), row('p95', p95)];
}

function ratioCells(ratio: Ratio | undefined): readonly Cell[] {
  if (ratio === undefined) return [];
  return [
    { text: factor(ratio.value), align: 'right' },
    { text: `${factor(ratio.low)} to ${factor(ratio.high)}`, align: 'right' },
  ];
}

function right(isNumber: boolean): { readonly align?: 'right' } {
  return isNumber ? { align: 'right' } : {};
}

function faultText(kind: 'threw' | 'hangs' | 'differs', side: string | null): string {
  switch (kind) {
    case 'threw':
      return `${side} failed`;
    case 'hangs':
      return `${side ?? 'one side'} hangs`;
    case 'differs':
      return 'the sides differ';
    default:
      return assertNever(kind);
  }
}

function styleOf(verdict: LimitVerdict | null): Style {
  return verdict === null ? 'plain' : verdict === 'pass' ? 'good' : verdict === 'fail' ? 'bad' : 'warning';
}

function summary(operations: readonly OperationResult[], { median, p95 }: Limits): string {
  const faults = operations.filter(({ fault }) => fault !== null).length;
  const named = (verdict: LimitVerdict): readonly string[] =>
    operations.filter((one) => one.fault === null && one.verdict === verdict).map(({ name }) => name);
  const limit = [
    ...(median === null ? [] : [`${median} of the median`]),
    ...(p95 === null ? [] : [`${p95} of the p95`]),
  ].join(' and ');
  const open = named('insufficient');
  const broken = named('fail');
  return [
    `${counted(operations.length, 'operation')}, ${faults === 0 ? 'none failed' : `${faults} without times`}`,
    ...(limit === '' ? [] : [`limit ${limit}: ${named('pass').length} within it`]),
    ...(broken.length === 0 ? [] : [`above it: ${broken.join(', ')}`]),
    ...(open.length === 0
      ? []
      : [`not decided: ${open.join(', ')} (more --rounds, or times to compare with)`]),
  ].join('; ');
}

/** Three digits: more would be noise. */
function time(ms: number): string {
  const [value, unit] = ms < 1 ? [ms * 1_000, 'µs'] : ms < 1_000 ? [ms, 'ms'] : [ms / 1_000, 's'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

function factor(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
