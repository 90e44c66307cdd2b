import { thrownClass, thrownMessage } from '../kernel/index.ts';
import type { SeenError } from './seen.ts';

const MOST_MESSAGE = 300;

/**
 * The digits of a decimal library's number. By its parts and not by its class, whose name minifiers change: sign `s`,
 * exponent `e` and digits `d` (decimal.js, Prisma) or `c` (big.js, bignumber.js), not enumerable everywhere.
 */
export function decimalOf(value: object): string | undefined {
  const toFixed = dataOf(value, 'toFixed');
  if (typeof toFixed !== 'function') return undefined;
  return 's' in value && 'e' in value && ('d' in value || 'c' in value)
    ? String(Reflect.apply(toFixed, value, []))
    : undefined;
}

const CONSUMED = [
  ['pipe', 'stream'],
  ['then', 'promise'],
  ['next', 'iterator'],
  [Symbol.asyncIterator, 'stream'],
  [Symbol.iterator, 'iterator'],
] as const;

/** What an object is that would have to be consumed to be seen; `undefined` for all others. */
export function unseenOf(value: object): string | undefined {
  return CONSUMED.find(([name]) => typeof dataOf(value, name) === 'function')?.[1];
}

/** A property, unless it is the object's own getter, which nobody but the caller may call. */
function dataOf(value: object, name: PropertyKey): unknown {
  return name in value && !isGetter(value, name) ? Reflect.get(value, name) : undefined;
}

export function isGetter(value: object, name: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(value, name)?.get !== undefined;
}

/** Anything that can be thrown. Throws nothing, whatever that is. */
export function errorOf(error: unknown): SeenError {
  return { is: 'error', of: thrownClass(error), message: thrownMessage(error).slice(0, MOST_MESSAGE) };
}
