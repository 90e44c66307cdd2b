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
]);

const ZONE = /^[+-]\d\d:\d\d$/;
const SENTENCE = /^(?:the same|digits|other letter|white space|one is|apart by) /;

/**
 * A difference with its note as people read it. A comparison, which runs in the application's bundle, only notes the two
 * types, an offset between two times, a word. What an earlier version has stored is a sentence and stays one, as does
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
  return ZONE.test(part) ? `apart by ${part}, as if a time zone were lost` : (WORDS.get(part) ?? part);
}
