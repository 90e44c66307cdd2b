import { formatDuration } from '../kernel/index.ts';

/** The part of a difference that a note is about. */
type Noted = {
  readonly kind: string;
  readonly as?: string | undefined;
  readonly note?: string | undefined;
};

/** What is said of a representation: of values of one type, and before the types when there are two. */
const SAID: ReadonlyMap<string | undefined, readonly [alone: string, types: string]> = new Map([
  ['number', ['the same number', 'the same number as ']],
  ['scale', ['the same number with another scale', '']],
  ['digits', ['digits lost', 'digits lost between ']],
  ['time', ['the same time in another spelling', 'the same time as ']],
  ['timePrecision', ['digits below the second lost', 'digits below the second lost between ']],
  ['letterCase', ['other letter case', '']],
  ['json', ['the same JSON in another form', '']],
]);

const WORDS: ReadonlyMap<string, string> = new Map([
  ['blanks', 'white space at the end'],
  ['part', 'one is the beginning of the other'],
  ['compare', 'compare says no'],
  ['rows', 'another number of rows'],
  ['NaN ms', 'one is no time'],
]);

const ZONE = /^[+-]\d\d:\d\d$/;
const APART = /^(-?\d+) ms$/;
const SENTENCE = /^(?:the same|digits|other letter|white space|one is|apart by) /;

const QUARTER_MS = 900_000;
/** The widest offsets from UTC are -12 and +14 hours. */
const WIDEST_OFFSET_MS = 14 * 3_600_000;

/**
 * A difference with its note as people read it. A comparison, which runs in the application's bundle, only notes the two
 * types, how far two times are apart, a word. What an earlier version has stored is a sentence and stays one, as does
 * whatever a later one says.
 */
export function noted<T extends Noted>(difference: T): T {
  const note = noteText(difference);
  return note === undefined ? difference : { ...difference, note };
}

function noteText({ kind, as, note }: Noted): string | undefined {
  const [alone, types] = SAID.get(as ?? (kind === 'precision' ? 'digits' : undefined)) ?? [];
  if (note === undefined) return alone;
  const text = note.split('; ').map(spelled).join('; ');
  return SENTENCE.test(note) || types === undefined ? text : `${types}${text}`;
}

function spelled(part: string): string {
  const [, apart] = APART.exec(part) ?? [];
  const zone = apart === undefined ? ZONE.exec(part)?.[0] : zoneOf(Number(apart));
  if (zone !== undefined) return `apart by ${zone}, as if a time zone were lost`;
  return apart === undefined
    ? (WORDS.get(part) ?? part)
    : `apart by ${formatDuration(Math.abs(Number(apart)))}`;
}

/** The offset that two times are apart by, when that is one a time zone can have: `+02:00`. @param apart milliseconds */
function zoneOf(apart: number): string | undefined {
  const size = Math.abs(apart);
  if (!(size > 0 && size % QUARTER_MS === 0 && size <= WIDEST_OFFSET_MS)) return undefined;
  return `${apart < 0 ? '-' : '+'}${new Date(size).toISOString().slice(11, 16)}`;
}
