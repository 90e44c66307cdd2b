import { decimalOf, errorOf, isGetter, unseenOf } from './recognise.ts';
import type { Captured, Seen, Unseen } from './seen.ts';

/** How much of an answer is copied. What is larger is not compared but counted. */
export type CaptureLimits = {
  /** Values, at any depth. */
  readonly nodes: number;
  readonly depth: number;
  /** Characters of text and bytes together. */
  readonly size: number;
};

export const CAPTURE_LIMITS: CaptureLimits = { nodes: 10_000, depth: 32, size: 1_048_576 };

class NotCopied extends Error {}

type Walk = {
  readonly limits: CaptureLimits;
  readonly isExact: boolean;
  nodes: number;
  size: number;
  /** The objects that are being looked into: whoever meets one again is in a circle. */
  readonly open: object[];
};

/**
 * A copy of what was returned, as it is now. Bounded, consumes nothing, calls no getter and throws nothing: what
 * cannot be read is named instead.
 *
 * @param isExact only plain data is copied, of which `plain` makes the same again: an instance of a class, a function, a
 *   transaction or a stream belongs to whoever has it
 */
export function capture(value: unknown, limits: CaptureLimits = CAPTURE_LIMITS, isExact = false): Captured {
  let rows: number | undefined;
  try {
    if (Array.isArray(value)) rows = value.length;
    return { kind: 'returned', value: look(value, { limits, isExact, nodes: 0, size: 0, open: [] }) };
  } catch (error) {
    return { kind: 'too large', limit: error instanceof NotCopied ? error.message : 'cannot be read', rows };
  }
}

/** A copy of what was thrown. */
export function captureThrown(error: unknown): Captured {
  return { kind: 'threw', value: errorOf(error) };
}

function look(value: unknown, walk: Walk): Seen {
  walk.nodes += 1;
  bound('nodes', walk.nodes, walk);
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
      return unseen(typeof value, walk);
    case 'object':
      return value === null ? null : lookInto(value, walk);
  }
}

function lookInto(value: object, walk: Walk): Seen {
  const { open } = walk;
  const up = open.lastIndexOf(value);
  if (up >= 0) return unseen(`the value ${open.length - up} above it`, walk);
  bound('depth', open.push(value), walk);
  try {
    return objectSeen(value, walk);
  } catch (error) {
    if (error instanceof NotCopied) throw error;
    // A proxy's trap or a subclass's own iterator: the application's code, which may fail.
    return unseen('something that throws when it is read', walk);
  } finally {
    open.pop();
  }
}

function objectSeen(value: object, walk: Walk): Seen {
  if (Array.isArray(value)) return listSeen('list', value, walk);
  if (value instanceof Uint8Array) return bytesSeen(value, walk);
  // By tag and not by `instanceof`: a test runner or a driver may have other globals.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Date') return { is: 'time', of: Date.prototype.getTime.call(value) };
  if (tag === 'Set') return listSeen('set', [...(value as ReadonlySet<unknown>)], walk);
  const decimal = decimalOf(value);
  if (decimal !== undefined) return { is: 'decimal', of: decimal, own: value };
  if (!isPlain(value)) {
    const other = otherSeen(tag, value, walk);
    if (walk.isExact) throw new NotCopied('an instance of a class');
    if (other !== undefined) return other;
  }
  const what = unseenOf(value);
  return what ? unseen(what, walk) : recordSeen(value, walk);
}

/** What has a class that says what it is. */
function otherSeen(tag: string, value: object, walk: Walk): Seen {
  if (tag === 'Map') return mapSeen(value as ReadonlyMap<unknown, unknown>, walk);
  if (tag === 'Number' || tag === 'String' || tag === 'Boolean') return look(value.valueOf(), walk);
  if (tag === 'Error' || value instanceof Error) return errorOf(value);
  if (value instanceof ArrayBuffer) return bytesSeen(new Uint8Array(value), walk);
  if (!ArrayBuffer.isView(value)) return undefined;
  // A vector is a list of its numbers.
  if (Symbol.iterator in value) return listSeen('list', [...(value as object as Iterable<unknown>)], walk);
  return bytesSeen(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), walk);
}

/** By index: a subclass's iterator is not ours to run, and holes are `undefined` for whoever reads them. */
function listSeen(is: 'list' | 'set', value: readonly unknown[], walk: Walk): Seen {
  bound('nodes', value.length, walk);
  const of: Seen[] = [];
  for (let at = 0; at < value.length; at += 1) of.push(look(value[at], walk));
  return { is, of };
}

/** Of its own class: a `Buffer` is copied as one. */
function bytesSeen(value: Uint8Array, walk: Walk): Seen {
  weigh(value.byteLength, walk);
  return { is: 'bytes', of: Uint8Array.prototype.slice.call(value) };
}

function mapSeen(value: ReadonlyMap<unknown, unknown>, walk: Walk): Seen {
  const of = new Map<string, Seen>();
  for (const [key, member] of value) {
    if (Object(key) === key || typeof key === 'symbol')
      return unseen(`a map with keys of type ${typeof key}`, walk);
    of.set(String(key), look(member, walk));
  }
  return { is: 'record', of, isMap: true };
}

/**
 * Own enumerable properties; the class is not looked at (a driver's rows have none, an entity's have one). A getter
 * is not called: with an ORM it may be a query, and this runs while the caller waits.
 */
function recordSeen(value: object, walk: Walk): Seen {
  const of = new Map<string, Seen>();
  for (const key of Object.keys(value)) {
    weigh(key.length, walk);
    of.set(key, isGetter(value, key) ? unseen('a getter', walk) : look(Reflect.get(value, key), walk));
  }
  // Operators of some libraries are keys.
  if (walk.isExact && Object.getOwnPropertySymbols(value).length > 0) unseen('symbol', walk);
  if (of.size > 0 || isPlain(value)) return { is: 'record', of };
  // An object that shows nothing may say what it is (a URL, a library's time); else it hides what it holds.
  const speak: unknown = Reflect.get(value, 'toJSON');
  if (typeof speak === 'function') return look(Reflect.apply(speak, value, []), walk);
  return value instanceof RegExp ? String(value) : unseen('an object that hides what it holds', walk);
}

/** Without a class. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unseen(of: string, { isExact }: Walk): Unseen {
  if (isExact) throw new NotCopied(of);
  return { is: 'unseen', of };
}

function weigh(size: number, walk: Walk): void {
  walk.size += size;
  bound('size', walk.size, walk);
}

const UNITS = { nodes: 'values', size: 'characters', depth: 'levels' };

function bound(what: keyof CaptureLimits, is: number, { limits }: Walk): void {
  if (is > limits[what]) throw new NotCopied(`more than ${limits[what]} ${UNITS[what]}`);
}
