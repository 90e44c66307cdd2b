import { thrownClass, thrownMessage } from '../kernel/index.ts';
import type { SeenError } from './seen.ts';

const MOST_MESSAGE = 300;

/**
 * The digits of a decimal library's number. By its parts and not by its class, whose name minifiers change: sign `s`,
 * exponent `e` and digits `d` (decimal.js, Prisma) or `c` (big.js, bignumber.js), not enumerable everywhere.
 */
export function decimalOf(value: object): string | undefined {
  const sign = dataOf(value, 's');
  const toFixed = dataOf(value, 'toFixed');
  if ((typeof sign !== 'number' && sign !== null) || typeof toFixed !== 'function') return undefined;
  if (!('e' in value) || !('d' in value || 'c' in value)) return undefined;
  const text: unknown = Reflect.apply(toFixed, value, []);
  return typeof text === 'string' ? text : undefined;
}

const CONSUMED = [
  ['pipe', 'a stream'],
  ['getReader', 'a stream'],
  ['then', 'a promise'],
  ['next', 'an iterator'],
  [Symbol.asyncIterator, 'a stream'],
  [Symbol.iterator, 'an iterator'],
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
