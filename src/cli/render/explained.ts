import type { IgnorePattern, Mismatch, MismatchExplanation } from '../../report/index.ts';
import type { Paint } from '../paint.ts';
import { besideOf, callLines, ignoreLines, NO_CALL } from './mismatches.ts';
import { sideBySide } from './side-by-side.ts';
import { counted, heading, wrap } from './text.ts';
import { timeText } from './time.ts';

/** Why two answers are called different, place by place, and what could be done about it. */
export function explanationText(one: MismatchExplanation, width: number, paint: Paint): string {
  const { group, together } = one;
  const { sample } = group;
  return [
    heading(`${group.repository}.${group.operation}  ${placeOf(group)}  (${group.kind})`, paint),
    ...bullets(one.because, width),
    '',
    ...(sample === undefined
      ? wrap(NO_CALL, width)
      : [
          ...sideBySide([group, ...together].flatMap(besideOf), width, paint),
          '',
          ...callLines(sample, width),
        ]),
    '',
    heading('Before anything was called different', paint),
    ...bullets(one.normalised, width),
    '',
    heading('How often', paint),
    ...bullets([...timesOf(one), `noise: ${one.noise}`], width),
    '',
    heading('Ignore rules', paint),
    ...bullets(rulesOf(one), width),
    '',
    ...ignoreLines(one.ignore, group, width),
  ].join('\n');
}

function placeOf({ path }: Pick<Mismatch, 'path'>): string {
  return path === '' ? 'the answer itself' : path;
}

function timesOf({ group, answers }: MismatchExplanation): readonly string[] {
  const { epochs, firstAt, lastAt, count, instances } = group;
  const epoch =
    epochs.first === epochs.last ? `epoch ${epochs.first}` : `epochs ${epochs.first} to ${epochs.last}`;
  return [
    `here ${counted(count, 'time')}, on ${instances.join(', ')}`,
    `of ${counted(answers.compared, 'compared answer')} of this operation ${answers.different} counted as different`,
    `first ${timeText(firstAt)}, last ${timeText(lastAt)}, ${epoch}`,
  ];
}

function rulesOf({
  coveredBy,
  notCoveredBy,
  wouldCover,
  wouldNotCover,
}: MismatchExplanation): readonly string[] {
  const list = (patterns: readonly IgnorePattern[]): string => patterns.map(patternText).join('; ');
  return [
    coveredBy === null ? 'none covers it: it counts' : `covered by ${coveredBy}: it does not count`,
    ...notCoveredBy.map((text) => `does not cover it: ${text}`),
    ...(wouldCover.length === 0 ? [] : [`would cover it: ${list(wouldCover)}`]),
    ...(wouldNotCover.length === 0 ? [] : [`would not: ${list(wouldNotCover)}`]),
  ];
}

function patternText({ path, kind }: IgnorePattern): string {
  return kind === undefined ? `'${path}'` : `'${path}' for ${kind}`;
}

function bullets(texts: readonly string[], width: number): readonly string[] {
  return texts.flatMap((text) => {
    const [first = '', ...rest] = wrap(text, width, '    ');
    return [`  - ${first.trimStart()}`, ...rest];
  });
}
