import {
  MOST_INSTANCES,
  type IgnorePattern,
  type Mismatch,
  type Mismatches,
  type ShadowedTotals,
} from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { sideBySide, type Beside } from './side-by-side.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';
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
export function mismatchText(one: Mismatch, width: number, paint: Paint): string {
  const { sample } = one;
  const facts: readonly (readonly [string, string])[] = [
    ['operation', `${one.repository}.${one.operation}`],
    ['place', one.path === '' ? WHOLE : one.path],
    ['kind', [one.kind, one.note].filter(Boolean).join(': ')],
    ['seen', `${one.count} times on ${namesText(one.instances)}`],
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
  ];
  return [
    ...facts.flatMap(([name, text]) => factLines(name, text, width, paint)),
    ...(sample === undefined
      ? ['', ...wrap(NO_CALL, width)]
      : ['', ...sideBySide(besideOf(one), width, paint), '', ...callLines(sample, width)]),
    '',
    ...ignoreLines({ path: one.path, kind: one.kind, owner: '', reason: '', expires: '' }, one, width),
  ].join('\n');
}

const WHOLE = 'the answer itself';
const MOST_NAMES = 10;

function namesText(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more <= 0
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length < MOST_INSTANCES ? more : `at least ${more}`} others`;
}

/** In the place of a call, where the application's shadow keeps none. */
export const NO_CALL =
  'No call of it is kept. With shadow({ samples: samples() }) the application keeps one of each group, redacted.';

function factLines(name: string, text: string, width: number, paint: Paint): readonly string[] {
  const [first = '', ...rest] = wrap(text, width, ' '.repeat(NAME_COLUMNS));
  return [`${paint('dim', name.padEnd(NAME_COLUMNS))}${first.trimStart()}`, ...rest];
}

/** What each side gave at the place of a sample; nothing without one. */
export function besideOf({ sample }: Mismatch): readonly Beside[] {
  if (sample === undefined) return [];
  const { at, control, candidate } = sample;
  return [{ place: at === '' ? WHOLE : at, control, candidate }];
}

/** Who was asked what, and how long each side took. */
export function callLines(
  { args, served, controlMs, candidateMs }: NonNullable<Mismatch['sample']>,
  width: number,
): readonly string[] {
  return [
    ...wrap(`Asked with (${args.join(', ')}), answered by ${served}.`, width),
    `Control took ${controlMs}ms, the candidate ${candidateMs}ms.`,
  ];
}

/** What to write to live with a difference. */
export function ignoreLines(
  rule: Omit<IgnorePattern, 'kind'> & {
    readonly kind?: string;
    readonly owner: string;
    readonly reason: string;
    readonly expires: string;
  },
  { kind, as }: Pick<Mismatch, 'kind' | 'as'>,
  width: number,
): readonly string[] {
  const members = (['path', 'kind', 'owner', 'reason', 'expires'] as const).flatMap((name) =>
    rule[name] === undefined ? [] : [`${name}: ${quoted(rule[name])}`],
  );
  const line = `  ignore: [{ ${members.join(', ')} }]`;
  return [
    ...(kind === 'order' ? ['If the operation promises no order, leave `ordered` out.'] : []),
    ...(as === undefined ? [] : [`If the application takes both for the same: same: ['${as}']`]),
    ...wrap(
      'To live with it until a day, in shadow.operations of the repository (a rule without a reason is refused):',
      width,
    ),
    ...(line.length <= width
      ? [line]
      : ['  ignore: [{', ...members.map((member) => `    ${member},`), '  }]']),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`\'`)}'`;
}
