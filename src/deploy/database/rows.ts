/** What a database answers with, the same for every engine: what is true is 1, a number beyond 2^53 is its text. */
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

/** A number's text as a number, rounded as doubles are; beyond 2^53, where whole ones would be others, it stays its text. */
export function exactNumber(text: string): number | string {
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : text;
}
