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

type Walk = {
  readonly limits: CaptureLimits;
  readonly isExact: boolean;
  nodes: number;
  size: number;
  /** The objects that are being looked into: whoever meets one again is in a circle. */
  readonly open: object[];
  /** Why there is no copy; the walk is at its end then. */
  limit: string | undefined;
  rows: number | undefined;
};

/**
 * A copy of what was returned, as it is now. Bounded, consumes nothing, calls no getter and throws nothing: what
 * cannot be read is named instead, in a word that `reasonText` spells out.
 *
 * @param isExact only plain data is copied, of which `plain` makes the same again: an instance of a class, a function, a
 *   transaction or a stream belongs to whoever has it
 */
export function capture(value: unknown, limits: CaptureLimits = CAPTURE_LIMITS, isExact = false): Captured {
  const walk: Walk = { limits, isExact, nodes: 0, size: 0, open: [], limit: undefined, rows: undefined };
  const seen = look(value, walk);
  const { limit, rows } = walk;
  return limit ? { kind: 'too large', limit, rows } : { kind: 'returned', value: seen };
}

/** A copy of what was thrown. */
export function captureThrown(error: unknown): Captured {
  return { kind: 'threw', value: errorOf(error) };
}

function look(value: unknown, walk: Walk): Seen {
  walk.nodes += 1;
  isOver('nodes', walk.nodes, walk);
  switch (typeof value) {
    case 'string':
      weigh(value.length, walk);
      return value;
    case 'symbol':
    case 'function':
      return unseen(typeof value, walk);
    case 'object':
      return value && lookInto(value, walk);
    default:
      return value as undefined | boolean | number | bigint;
  }
}

function lookInto(value: object, walk: Walk): Seen {
  const { open } = walk;
  const up = open.lastIndexOf(value);
  if (up >= 0) return unseen(`circle ${open.length - up}`, walk);
  if (isOver('depth', open.push(value), walk)) return undefined;
  try {
    return objectSeen(value, walk);
  } catch {
    // A proxy's trap or a subclass's own iterator: the application's code, which may fail.
    return unseen('unreadable', walk);
  } finally {
    open.pop();
  }
}

function objectSeen(value: object, walk: Walk): Seen {
  if (Array.isArray(value)) return listSeen('list', value, walk);
  if (value instanceof Uint8Array) return bytesSeen(value, walk);
  // By tag and not by `instanceof`: a test runner or a driver may have other globals.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  // A conversion to a number takes three times as long.
  if (tag === 'Date') return { is: 'time', of: Date.prototype.getTime.call(value) };
  if (tag === 'Set') return listSeen('set', [...(value as ReadonlySet<unknown>)], walk);
  const decimal = decimalOf(value);
  if (decimal !== undefined) return { is: 'decimal', of: decimal, own: value };
  if (!isPlain(value)) {
    if (walk.isExact) return unseen('instance', walk);
    const other = otherSeen(tag, value, walk);
    if (other !== undefined) return other;
  }
  const what = unseenOf(value);
  return what ? unseen(what, walk) : recordSeen(value, walk);
}

/** What has a class that says what it is. */
function otherSeen(tag: string, value: object, walk: Walk): Seen {
  if (tag === 'Map') return mapSeen(value as ReadonlyMap<unknown, unknown>, walk);
  if (/^(Number|String|Boolean)$/.test(tag)) return look(value.valueOf(), walk);
  if (tag === 'Error') return errorOf(value);
  if (value instanceof ArrayBuffer) return bytesSeen(new Uint8Array(value), walk);
  // A vector is a list of its numbers.
  return ArrayBuffer.isView(value) && Symbol.iterator in value
    ? listSeen('list', [...(value as object as Iterable<unknown>)], walk)
    : undefined;
}

/** By index: a subclass's iterator is not ours to run, and holes are `undefined` for whoever reads them. */
function listSeen(is: 'list' | 'set', value: readonly unknown[], walk: Walk): Seen {
  if (walk.open.length === 1) walk.rows = value.length;
  isOver('nodes', value.length, walk);
  const of: Seen[] = [];
  for (let at = 0; at < value.length && !walk.limit; at += 1) of.push(look(value[at], walk));
  return { is, of };
}

/** Of its own class: a `Buffer` is copied as one. */
function bytesSeen(value: Uint8Array, walk: Walk): Seen {
  if (weigh(value.byteLength, walk)) return undefined;
  return { is: 'bytes', of: Uint8Array.prototype.slice.call(value) };
}

function mapSeen(value: ReadonlyMap<unknown, unknown>, walk: Walk): Seen {
  const of = new Map<string, Seen>();
  for (const [key, member] of value) {
    if (walk.limit) break;
    if (Object(key) === key || typeof key === 'symbol') return unseen(`map by ${typeof key}`, walk);
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
    if (weigh(key.length, walk)) break;
    of.set(key, isGetter(value, key) ? unseen('getter', walk) : look(Reflect.get(value, key), walk));
  }
  // Operators of some libraries are keys.
  if (walk.isExact && Object.getOwnPropertySymbols(value).length > 0) unseen('symbol', walk);
  if (of.size > 0 || isPlain(value)) return { is: 'record', of };
  // An object that shows nothing may say what it is (a URL, a library's time); else it hides what it holds.
  const speak: unknown = Reflect.get(value, 'toJSON');
  return typeof speak === 'function' ? look(Reflect.apply(speak, value, []), walk) : unseen('opaque', walk);
}

/** Without a class. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unseen(of: string, walk: Walk): Unseen {
  if (walk.isExact) walk.limit ??= of;
  return { is: 'unseen', of };
}

function weigh(size: number, walk: Walk): boolean {
  walk.size += size;
  return isOver('size', walk.size, walk);
}

/** @returns whether the walk is at its end, by this limit or before */
function isOver(what: keyof CaptureLimits, is: number, walk: Walk): boolean {
  const most = walk.limits[what];
  if (is > most) walk.limit ??= `${most} ${what}`;
  return walk.limit !== undefined;
}
