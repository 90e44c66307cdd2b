/** What cannot be copied: the call is not shadowed rather than shared with a candidate that might change it. */
export class NotIsolated extends Error {}

const MOST_VALUES = 1_000;

/**
 * A copy of a call's arguments that nobody else holds. Plain data only: an instance of a class, a function, a
 * transaction or a stream belongs to the caller.
 *
 * @throws NotIsolated
 */
export function isolate(args: readonly unknown[]): readonly unknown[] {
  // Most reads are asked by an id.
  if (!args.some(isShared)) return args;
  let left = MOST_VALUES;
  const copies = new Map<object, unknown>();
  const copy = (value: unknown): unknown => {
    if (!isShared(value)) return value;
    if (typeof value !== 'object' || value === null) throw new NotIsolated(typeof value);
    left -= 1;
    if (left < 0) throw new NotIsolated('too many values');
    return copies.has(value) ? copies.get(value) : copyObject(value);
  };
  const copyObject = (value: object): unknown => {
    if (value instanceof Date) return new Date(value);
    if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
    // A decimal library's numbers do not change.
    if (isDecimal(value)) return value;
    const made = emptyLike(value);
    copies.set(value, made);
    if (made instanceof Map) {
      for (const [key, member] of value as ReadonlyMap<unknown, unknown>) made.set(copy(key), copy(member));
    } else if (made instanceof Set) {
      for (const member of value as ReadonlySet<unknown>) made.add(copy(member));
    } else {
      for (const key of Reflect.ownKeys(value)) {
        if (Array.isArray(value) && key === 'length') continue;
        const descriptor = Object.getOwnPropertyDescriptor(value, key);
        if (descriptor?.get !== undefined) throw new NotIsolated('a getter');
        Object.defineProperty(made, key, { ...descriptor, value: copy(descriptor?.value) });
      }
    }
    return made;
  };
  return args.map(copy);
}

function isShared(value: unknown): boolean {
  return Object(value) === value || typeof value === 'symbol';
}

function emptyLike(value: object): object {
  if (Array.isArray(value)) return Array.from({ length: value.length });
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  if (prototype === null || Object.getPrototypeOf(prototype) === null)
    return Object.create(prototype) as object;
  throw new NotIsolated('an instance of a class');
}

function isDecimal(value: object): boolean {
  return 's' in value && 'e' in value && ('d' in value || 'c' in value) && 'toFixed' in value;
}
