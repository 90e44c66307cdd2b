import { bytesOf, decimalOf, errorOf, isList, numbersOf, unseenOf } from './recognise.ts';
import type { Captured, Seen } from './seen.ts';

/** How much of an answer is copied. What is larger is not compared but counted. */
export type CaptureLimits = {
  /** Values, at any depth. */
  readonly nodes: number;
  readonly depth: number;
  /** Characters of text and bytes together. */
  readonly size: number;
};

export const CAPTURE_LIMITS: CaptureLimits = { nodes: 10_000, depth: 32, size: 1_048_576 };

class TooLarge {
  readonly limit: string;
  constructor(limit: string) {
    this.limit = limit;
  }
}

type Walk = {
  readonly limits: CaptureLimits;
  nodes: number;
  size: number;
  /** The objects that are being looked into: whoever meets one again is in a circle. */
  readonly open: object[];
};

/**
 * A copy of what was returned, as it is now. Bounded, consumes nothing, calls no getter and throws nothing: what
 * cannot be read is named instead.
 */
export function capture(value: unknown, limits: CaptureLimits = CAPTURE_LIMITS): Captured {
  const walk: Walk = { limits, nodes: 0, size: 0, open: [] };
  try {
    return { kind: 'returned', value: look(value, walk) };
  } catch (error) {
    const limit = error instanceof TooLarge ? error.limit : 'cannot be read';
    return { kind: 'too large', limit, rows: lengthOf(value) };
  }
}

/** A copy of what was thrown. */
export function captureThrown(error: unknown): Captured {
  return { kind: 'threw', error: errorOf(error) };
}

function look(value: unknown, walk: Walk): Seen {
  walk.nodes += 1;
  if (walk.nodes > walk.limits.nodes) throw new TooLarge(`more than ${walk.limits.nodes} values`);
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
      return value;
    case 'string':
      weigh(value.length, walk);
      return value;
    case 'symbol':
    case 'function':
      return { is: 'unseen', what: typeof value };
    case 'object':
      return value === null ? null : lookInto(value, walk);
  }
}

function lookInto(value: object, walk: Walk): Seen {
  const up = walk.open.lastIndexOf(value);
  if (up >= 0) return { is: 'unseen', what: `the value ${walk.open.length - up} above it` };
  if (walk.open.length >= walk.limits.depth) throw new TooLarge(`deeper than ${walk.limits.depth}`);
  walk.open.push(value);
  try {
    return objectSeen(value, walk);
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    // A proxy's trap or a subclass's own iterator: the application's code, which may fail.
    return { is: 'unseen', what: 'something that throws when it is read' };
  } finally {
    walk.open.pop();
  }
}

function objectSeen(value: object, walk: Walk): Seen {
  if (isList(value)) return listSeen(value, 'array', walk);
  const bytes = bytesOf(value);
  if (bytes !== undefined) {
    weigh(bytes.byteLength, walk);
    return { is: 'bytes', bytes: bytes.slice() };
  }
  const numbers = numbersOf(value);
  if (numbers !== undefined) return listSeen(numbers, 'array', walk);
  // By tag and not by `instanceof`: a test runner or a driver may have other globals.
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return { is: 'time', ms: Date.prototype.getTime.call(value) };
    case '[object Map]':
      return mapSeen(value as ReadonlyMap<unknown, unknown>, walk);
    case '[object Set]':
      return listSeen([...(value as ReadonlySet<unknown>)], 'set', walk);
    case '[object Number]':
    case '[object String]':
    case '[object Boolean]':
      return look(value.valueOf(), walk);
    case '[object Error]':
      return errorOf(value);
  }
  if (value instanceof Error) return errorOf(value);
  const decimal = decimalOf(value);
  if (decimal !== undefined) return { is: 'decimal', text: decimal };
  const what = unseenOf(value);
  return what === undefined ? recordSeen(value, walk) : { is: 'unseen', what };
}

/** By index: a subclass's iterator is not ours to run, and holes are `undefined` for whoever reads them. */
function listSeen(value: readonly unknown[], of: 'array' | 'set', walk: Walk): Seen {
  const { length } = value;
  if (length > walk.limits.nodes) throw new TooLarge(`more than ${walk.limits.nodes} values`);
  const items: Seen[] = [];
  for (let at = 0; at < length; at += 1) items.push(look(value[at], walk));
  return { is: 'list', of, items };
}

function mapSeen(value: ReadonlyMap<unknown, unknown>, walk: Walk): Seen {
  const fields = new Map<string, Seen>();
  for (const [key, member] of value) {
    const isObject = (typeof key === 'object' && key !== null) || typeof key === 'function';
    if (isObject || typeof key === 'symbol')
      return { is: 'unseen', what: `a map with keys of type ${typeof key}` };
    fields.set(`${key as string | number | bigint | boolean | null | undefined}`, look(member, walk));
  }
  return { is: 'record', of: 'map', fields };
}

/**
 * Own enumerable properties; the class is not looked at (a driver's rows have none, an entity's have one). A getter
 * is not called: with an ORM it may be a query, and this runs while the caller waits.
 */
function recordSeen(value: object, walk: Walk): Seen {
  const fields = new Map<string, Seen>();
  for (const key of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    weigh(key.length, walk);
    fields.set(
      key,
      descriptor?.get === undefined
        ? look(Reflect.get(value, key), walk)
        : { is: 'unseen', what: 'a getter' },
    );
  }
  if (fields.size > 0 || isPlain(value)) return { is: 'record', of: 'object', fields };
  return spoken(value, walk);
}

/** An object that shows nothing may say what it is (a URL, a library's time); else it hides what it holds. */
function spoken(value: object, walk: Walk): Seen {
  const speak: unknown = Reflect.get(value, 'toJSON');
  if (typeof speak === 'function') return look(Reflect.apply(speak, value, []), walk);
  if (value instanceof RegExp) return String(value);
  return { is: 'unseen', what: 'an object that hides what it holds' };
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function weigh(size: number, walk: Walk): void {
  walk.size += size;
  if (walk.size > walk.limits.size) throw new TooLarge(`more than ${walk.limits.size} characters`);
}

function lengthOf(value: unknown): number | undefined {
  try {
    return Array.isArray(value) ? value.length : undefined;
  } catch {
    return undefined;
  }
}
