/** What a database answers with, the same for every engine: what is true is 1, a number that no double holds is its text. */
export type Value = string | number | null;

export type Rows = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** Whether there were more than were asked for. */
  readonly isMore: boolean;
};

/** One statement that reads. */
export type Reading = {
  readonly query: string;
  /** No more rows than this are taken. */
  readonly most: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** A text that is a whole or decimal number, as one where nothing of it is lost. */
export function exactNumber(text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : text;
  const digits = text.replace(/^-?[0.]*|\.|0+$|e.*$/gi, '').length;
  return digits <= EXACT_DIGITS ? value : text;
}

/** A double keeps every decimal number of so many digits. */
const EXACT_DIGITS = 15;
