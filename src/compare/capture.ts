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

class TooLarge extends Error {}

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
  let rows: number | undefined;
  try {
    if (Array.isArray(value)) rows = value.length;
    return { kind: 'returned', value: look(value, { limits, nodes: 0, size: 0, open: [] }) };
  } catch (error) {
    return { kind: 'too large', limit: error instanceof TooLarge ? error.message : 'cannot be read', rows };
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
      return unseen(typeof value);
    case 'object':
      return value === null ? null : lookInto(value, walk);
  }
}

function lookInto(value: object, walk: Walk): Seen {
  const { open } = walk;
  const up = open.lastIndexOf(value);
  if (up >= 0) return unseen(`the value ${open.length - up} above it`);
  bound('depth', open.push(value), walk);
  try {
    return objectSeen(value, walk);
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    // A proxy's trap or a subclass's own iterator: the application's code, which may fail.
    return unseen('something that throws when it is read');
  } finally {
    open.pop();
  }
}

function objectSeen(value: object, walk: Walk): Seen {
  if (Array.isArray(value)) return listSeen('list', value, walk);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return binarySeen(value, walk);
  // By tag and not by `instanceof`: a test runner or a driver may have other globals.
  switch (Object.prototype.toString.call(value).slice(8, -1)) {
    case 'Date':
      return { is: 'time', of: Date.prototype.getTime.call(value) };
    case 'Map':
      return mapSeen(value as ReadonlyMap<unknown, unknown>, walk);
    case 'Set':
      return listSeen('set', [...(value as ReadonlySet<unknown>)], walk);
    case 'Number':
    case 'String':
    case 'Boolean':
      return look(value.valueOf(), walk);
    case 'Error':
      return errorOf(value);
  }
  if (value instanceof Error) return errorOf(value);
  const decimal = decimalOf(value);
  if (decimal !== undefined) return { is: 'decimal', of: decimal };
  const what = unseenOf(value);
  return what ? unseen(what) : recordSeen(value, walk);
}

/** By index: a subclass's iterator is not ours to run, and holes are `undefined` for whoever reads them. */
function listSeen(is: 'list' | 'set', value: readonly unknown[], walk: Walk): Seen {
  bound('nodes', value.length, walk);
  const items: Seen[] = [];
  for (let at = 0; at < value.length; at += 1) items.push(look(value[at], walk));
  return { is, of: items };
}

/** Bytes, and the numbers of a vector: `Buffer` is a `Uint8Array`. */
function binarySeen(value: ArrayBufferView | ArrayBuffer, walk: Walk): Seen {
  if (!(value instanceof Uint8Array) && Symbol.iterator in value)
    return listSeen('list', [...(value as object as Iterable<unknown>)], walk);
  weigh(value.byteLength, walk);
  const isView = ArrayBuffer.isView(value);
  const bytes = new Uint8Array(
    isView ? value.buffer : value,
    isView ? value.byteOffset : 0,
    value.byteLength,
  );
  return { is: 'bytes', of: bytes.slice() };
}

function mapSeen(value: ReadonlyMap<unknown, unknown>, walk: Walk): Seen {
  const fields = new Map<string, Seen>();
  for (const [key, member] of value) {
    if (Object(key) === key || typeof key === 'symbol')
      return unseen(`a map with keys of type ${typeof key}`);
    fields.set(String(key), look(member, walk));
  }
  return { is: 'record', of: fields, isMap: true };
}

/**
 * Own enumerable properties; the class is not looked at (a driver's rows have none, an entity's have one). A getter
 * is not called: with an ORM it may be a query, and this runs while the caller waits.
 */
function recordSeen(value: object, walk: Walk): Seen {
  const fields = new Map<string, Seen>();
  for (const key of Object.keys(value)) {
    weigh(key.length, walk);
    fields.set(key, isGetter(value, key) ? unseen('a getter') : look(Reflect.get(value, key), walk));
  }
  if (fields.size > 0 || isPlain(value)) return { is: 'record', of: fields };
  // An object that shows nothing may say what it is (a URL, a library's time); else it hides what it holds.
  const speak: unknown = Reflect.get(value, 'toJSON');
  if (typeof speak === 'function') return look(Reflect.apply(speak, value, []), walk);
  return value instanceof RegExp ? String(value) : unseen('an object that hides what it holds');
}

/** Without a class. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unseen(of: string): Unseen {
  return { is: 'unseen', of };
}

function weigh(size: number, walk: Walk): void {
  walk.size += size;
  bound('size', walk.size, walk);
}

const UNITS = { nodes: 'values', size: 'characters', depth: 'levels' };

function bound(what: keyof CaptureLimits, is: number, { limits }: Walk): void {
  if (is > limits[what]) throw new TooLarge(`more than ${limits[what]} ${UNITS[what]}`);
}
