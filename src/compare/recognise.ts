import type { SeenError } from './seen.ts';

const MOST_MESSAGE = 300;

export function isList(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}

/** A view of the bytes, not a copy; `undefined` for what holds none. `Buffer` is a `Uint8Array`. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof Uint8Array || value instanceof DataView)
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** The numbers of any other typed array: a vector is a list. */
export function numbersOf(value: object): readonly unknown[] | undefined {
  return ArrayBuffer.isView(value) && Symbol.iterator in value
    ? [...(value as object as Iterable<unknown>)]
    : undefined;
}

/**
 * The digits of a decimal library's number. By its parts and not by its class, whose name minifiers change: sign `s`,
 * exponent `e` and digits `d` (decimal.js, Prisma) or `c` (big.js, bignumber.js), not enumerable everywhere.
 */
export function decimalOf(value: object): string | undefined {
  const sign = dataOf(value, 's');
  if (typeof sign !== 'number' && sign !== null) return undefined;
  const toFixed = dataOf(value, 'toFixed');
  if (typeof toFixed !== 'function' || !('e' in value) || !('d' in value || 'c' in value)) return undefined;
  const text: unknown = Reflect.apply(toFixed, value, []);
  return typeof text === 'string' ? text : undefined;
}

/** What an object is that would have to be consumed to be seen; `undefined` for all others. */
export function unseenOf(value: object): string | undefined {
  const has = (name: PropertyKey): boolean => typeof dataOf(value, name) === 'function';
  if (has('pipe') || has('getReader')) return 'a stream';
  if (has('then')) return 'a promise';
  if (has('next')) return 'an iterator';
  if (has(Symbol.asyncIterator)) return 'a stream';
  return has(Symbol.iterator) ? 'an iterator' : undefined;
}

/** A property, unless it is the object's own getter, which nobody but the caller may call. */
function dataOf(value: object, name: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.get === undefined
    ? Reflect.get(value, name)
    : undefined;
}

/** Anything that can be thrown. Throws nothing, whatever that is. */
export function errorOf(error: unknown): SeenError {
  return { is: 'error', class: nameOf(error), message: messageOf(error).slice(0, MOST_MESSAGE) };
}

function nameOf(error: unknown): string {
  const name = read(error, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name.slice(0, 80);
  const made = read(read(error, 'constructor'), 'name');
  return typeof made === 'string' && made !== '' ? made.slice(0, 80) : typeof error;
}

function messageOf(error: unknown): string {
  const message = read(error, 'message');
  if (typeof message === 'string') return message;
  return typeof error === 'string' ? error : '';
}

function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}
