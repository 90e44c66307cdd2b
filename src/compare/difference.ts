/**
 * How two answers differ at one place.
 *
 * - `missing`: control has it, the candidate does not; `extra` is the other way round
 * - `type`: the same value in another type, or values of types that have nothing in common
 * - `precision`: digits were lost, of a number or below the second of a time
 * - `null-or-absent`: `null` on one side, `undefined` or no such key on the other
 * - `order`: the same rows in another order, where the operation promises one
 * - `error-or-value`: one side answered, the other failed
 * - `queries`: the answers may be the same, but the candidate sent many more queries for its one
 */
export const DIFFERENCE_KINDS = [
  'missing',
  'extra',
  'value',
  'order',
  'type',
  'precision',
  'null-or-absent',
  'error-or-value',
  'queries',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/**
 * Representations that an application may take for the same (`same: ['number']`). Nothing is equal by default that a
 * caller could tell apart, but for the class of a row, a `Buffer` and its bytes, `-0` and `0`, and a key that is
 * absent or `undefined`.
 *
 * - `number`: number, bigint, numeric text and a library's decimal of one value
 * - `scale`: numeric texts with other zeros behind the point, `1.50` and `1.5`
 * - `digits`: numbers that differ by what floating point or single precision cannot hold
 * - `time`: a `Date`, a text and milliseconds since 1970 of one time, or two spellings of it
 * - `timePrecision`: times that differ in digits below the second
 * - `nullOrAbsent`: `null`, `undefined` and no such key
 * - `json`: an object and its JSON as text, or two texts of one JSON value
 * - `boolean`: `true` and `1`, `'1'`, `'t'`, `'true'`
 * - `letterCase`: texts that differ in upper and lower case, as names of enums do
 * - `errorClass`: both failed, with errors of other classes or messages
 */
export const REPRESENTATIONS = [
  'number',
  'scale',
  'digits',
  'time',
  'timePrecision',
  'nullOrAbsent',
  'json',
  'boolean',
  'letterCase',
  'errorClass',
] as const;
export type Representation = (typeof REPRESENTATIONS)[number];

/** What two values at one place are to each other; `undefined` when they are the same. */
export type Contrast = {
  readonly kind: DifferenceKind;
  /** The representation that would have to be taken for the same. */
  readonly as?: Representation | undefined;
  /** What a person should know about it, in few letters: `noted` spells it out. */
  readonly note?: string | undefined;
};
