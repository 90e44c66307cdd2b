/**
 * An answer as it was at one moment: a copy that nobody else holds, bounded in size, without classes. Text, numbers,
 * booleans, bigints, `null` and `undefined` are themselves.
 */
export type Seen =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | SeenList
  | SeenRecord
  | SeenTime
  | SeenBytes
  | SeenDecimal
  | SeenError
  | Unseen;

export type SeenList = { readonly is: 'list' | 'set'; readonly of: readonly Seen[] };
/** @property isMap whether it was a `Map`, whose keys are text here */
export type SeenRecord = {
  readonly is: 'record';
  readonly of: ReadonlyMap<string, Seen>;
  readonly isMap?: true;
};
/** Milliseconds since 1970; NaN for an invalid date. */
export type SeenTime = { readonly is: 'time'; readonly of: number };
export type SeenBytes = { readonly is: 'bytes'; readonly of: Uint8Array };
/**
 * A number of a decimal library (Prisma's Decimal, decimal.js, big.js, bignumber.js), in plain digits.
 *
 * @property own the number itself, which does not change
 */
export type SeenDecimal = { readonly is: 'decimal'; readonly of: string; readonly own: object };
/** An error's class and message. */
export type SeenError = { readonly is: 'error'; readonly of: string; readonly message: string };
/** What cannot be looked into without changing it, or at all: a stream, an iterator, a getter. */
export type Unseen = { readonly is: 'unseen'; readonly of: string };

/** What one side gave, and how. */
export type Captured =
  | { readonly kind: 'returned'; readonly value: Seen }
  | { readonly kind: 'threw'; readonly value: SeenError }
  /** @property rows length of the answer itself when it is a list */
  | {
      readonly kind: 'too large';
      readonly limit: string;
      readonly rows: number | undefined;
      readonly value?: undefined;
    };

export type SeenObject = Exclude<Seen, undefined | null | boolean | number | bigint | string>;

export function isSeenObject(value: Seen): value is SeenObject {
  return typeof value === 'object' && value !== null;
}

export function isRecord(value: Seen): value is SeenRecord {
  return isSeenObject(value) && value.is === 'record';
}

export function isList(value: Seen): value is SeenList {
  return isSeenObject(value) && (value.is === 'list' || value.is === 'set');
}

export function isBytes(value: Seen): value is SeenBytes {
  return isSeenObject(value) && value.is === 'bytes';
}
