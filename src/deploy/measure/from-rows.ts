import type { AnswerSide, Level, MeasureAnswer, Series } from '../../gate/index.ts';
import type { Rows, Value } from '../database/rows.ts';

type Gives = 'number' | 'share' | 'counts';

/** More rows than sides are no answer. */
export const MOST_ROWS = 3;

/** What the rows of a query say as a measure. Whatever is not plain is no data, with the reason. Pure. */
export function answerOfRows({ columns, rows, isMore }: Rows, gives: Gives): MeasureAnswer {
  const names = columns.map((name) => name.toLowerCase());
  const sideAt = names.indexOf('side');
  if (rows.length === 0) return nothing('the query gave no row');
  if (isMore || rows.length > (sideAt < 0 ? 1 : 2))
    return nothing(
      `the query gave ${isMore ? 'more than ' : ''}${rows.length} rows, where one${sideAt < 0 ? '' : ' for each side'} was expected`,
    );
  const sides = rows.map((row) => sideOf(sideAt < 0 ? undefined : row[sideAt]));
  const odd = sides.find((side) => !SIDES.has(side));
  if (odd !== undefined) return nothing(`side ${JSON.stringify(odd)} is neither "control" nor "candidate"`);
  if (new Set(sides).size < sides.length) return nothing(`there are two rows of ${sides[0] ?? 'one side'}`);
  return gives === 'number'
    ? numbers(names, sideAt, rows, sides as readonly AnswerSide[])
    : pairs(names, rows, sides as readonly AnswerSide[], gives);
}

const SIDES: ReadonlySet<string> = new Set(['control', 'candidate', 'both']);

function sideOf(value: Value | undefined): string {
  return value === undefined ? 'both' : String(value) === 'both' ? 'the word both' : String(value);
}

function nothing(why: string): MeasureAnswer {
  return { kind: 'nothing', why };
}

function numbers(
  names: readonly string[],
  sideAt: number,
  rows: Rows['rows'],
  sides: readonly AnswerSide[],
): MeasureAnswer {
  const at = sideAt === 0 ? 1 : 0;
  if (names.length !== (sideAt < 0 ? 1 : 2))
    return nothing(`the query gave ${names.length} columns, where one number was expected`);
  const levels: Partial<Record<AnswerSide, Level>> = {};
  for (const [index, row] of rows.entries()) {
    const value = row[at] ?? null;
    if (typeof value !== 'number') return nothing(`${names[at] ?? 'it'} is ${shown(value)}, no number`);
    levels[sides[index] ?? 'both'] = { value, samples: 1 };
  }
  return { kind: 'levels', sides: levels };
}

function pairs(
  names: readonly string[],
  rows: Rows['rows'],
  sides: readonly AnswerSide[],
  gives: 'share' | 'counts',
): MeasureAnswer {
  const part = names.includes('bad') ? 'bad' : 'good';
  const [partAt, totalAt] = [names.indexOf(part), names.indexOf('total')];
  if (partAt < 0 || totalAt < 0)
    return nothing(`the query gave the columns ${names.join(', ')}; "total" and "bad" or "good" are needed`);
  const ofPart: Series[] = [];
  const total: Series[] = [];
  for (const [index, row] of rows.entries()) {
    const [some = null, all = null] = [row[partAt], row[totalAt]];
    if (!isCount(some)) return nothing(`${part} is ${shown(some)}, no count`);
    if (!isCount(all)) return nothing(`total is ${shown(all)}, no count`);
    if (some > all) return nothing(`${part} is ${some} of a total of ${all}`);
    const side = sides[index] ?? 'both';
    ofPart.push({ key: side, side, value: some });
    total.push({ key: side, side, value: all });
  }
  // Rows that were deleted are no new beginning.
  if (gives === 'counts') return { kind: 'counters', part, ofPart, total, fallen: 'unknown' };
  return { kind: 'levels', sides: shares(part, ofPart, total) };
}

/** Of none there is no share: such a side has no level. */
function shares(
  part: 'bad' | 'good',
  ofPart: readonly Series[],
  total: readonly Series[],
): Partial<Record<AnswerSide, Level>> {
  return Object.fromEntries(
    total.flatMap(({ side, value }, index) => {
      const some = ofPart[index]?.value ?? 0;
      const bad = part === 'bad' ? some : value - some;
      return value === 0 ? [] : [[side, { value: bad / value, samples: value }] as const];
    }),
  );
}

function isCount(value: Value): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function shown(value: Value): string {
  return value === null ? 'NULL' : JSON.stringify(value);
}
