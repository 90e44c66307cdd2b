import type { Mismatch, Mismatches, ShadowedTotals } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { table } from './table.ts';
import { timeText } from './time.ts';

/** Operations with their counts, and the groups of differences worst first. */
export function mismatchesText({ operations, groups }: Mismatches, width: number, paint: Paint): string {
  if (operations.length === 0)
    return 'nothing was seen in the shadow; a plan has a step { kind: "shadow", sample: 5 } for it';
  const seen = table(
    operations.map((one) => [
      { text: `${one.repository}.${one.operation}` },
      { text: `${one.sampled} drawn`, align: 'right' as const },
      { text: statesText(one) },
    ]),
    width,
    paint,
    0,
  );
  if (groups.length === 0) return [...seen, 'no answer differed'].join('\n');
  const found = table(
    groups.map((one) => [
      { text: one.id },
      { text: String(one.count), align: 'right' as const },
      { text: one.kind, style: one.ignored === undefined ? ('bad' as const) : ('dim' as const) },
      { text: `${one.repository}.${one.operation} ${one.path}`.trimEnd() },
      {
        text: one.ignored === undefined ? (one.note ?? '') : `ignored: ${one.ignored}`,
        style: 'dim' as const,
      },
    ]),
    width,
    paint,
    0,
  );
  return [...seen, '', ...found].join('\n');
}

function statesText({ states, reasons }: ShadowedTotals): string {
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  const why = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  return [counts.join(', '), ...(why.length === 0 ? [] : [`(${why.join(', ')})`])].join(' ');
}

const NAME_COLUMNS = 13;

/** One group: both sides, who was asked what, how long it took, and the rule that would ignore it. */
export function mismatchText(one: Mismatch, paint: Paint): string {
  const { sample } = one;
  const facts: readonly (readonly [string, string])[] = [
    ['operation', `${one.repository}.${one.operation}`],
    ['place', one.path === '' ? 'the answer itself' : one.path],
    ['kind', [one.kind, one.note].filter(Boolean).join(': ')],
    ['seen', `${one.count} times on ${one.instances.join(', ')}`],
    ['first, last', `${timeText(one.firstAt)}, ${timeText(one.lastAt)}`],
    ...(one.noise === undefined
      ? []
      : [
          [
            'noise',
            `control differs from itself here in ${Math.round(one.noise * 100)} % of its answers`,
          ] as const,
        ]),
    ...(one.ignored === undefined ? [] : [['ignored', one.ignored] as const]),
    ...(sample === undefined
      ? []
      : ([
          ['asked', `(${sample.args.join(', ')}), answered by ${sample.served}`],
          ['at', sample.at === '' ? 'the answer itself' : sample.at],
          ['control', `${sample.control}   after ${sample.controlMs}ms`],
          ['candidate', `${sample.candidate}   after ${sample.candidateMs}ms`],
        ] as const)),
  ];
  // Not a table, which would clip what is to be compared.
  const lines = facts.map(([name, text]) => `${paint('dim', name.padEnd(NAME_COLUMNS))}${text}`);
  return [...lines, '', ...remedyLines(one)].join('\n');
}

function remedyLines({ path, kind, as }: Mismatch): readonly string[] {
  const rule = `{ path: '${path.replaceAll("'", String.raw`\'`)}', kind: '${kind}', owner: '', reason: '', expires: '' }`;
  return [
    ...(kind === 'order' ? ['If the operation promises no order, leave `ordered` out.'] : []),
    ...(as === undefined ? [] : [`If the application takes both for the same: same: ['${as}']`]),
    'To live with it until a day, in shadow.operations of the repository:',
    `  ignore: [${rule}]`,
  ];
}
