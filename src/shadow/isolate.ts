const MOST_VALUES = 1_000;

/**
 * A copy of a call's arguments that nobody else holds. Plain data only: an instance of a class, a function, a
 * transaction or a stream belongs to the caller.
 *
 * @throws Error what cannot be copied: the call is not shadowed rather than shared with a candidate that might change it
 */
export function isolate(args: readonly unknown[]): readonly unknown[] {
  // Most reads are asked by an id.
  if (!args.some(isShared)) return args;
  const copies = new Map<object, object>();
  const copy = (value: unknown): unknown => {
    if (!isShared(value)) return value;
    if (typeof value !== 'object' || value === null) throw new Error(typeof value);
    return copies.get(value) ?? copyObject(value);
  };
  const copyObject = (value: object): unknown => {
    if (value instanceof Date) return new Date(value);
    if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
    // A decimal library's numbers do not change.
    if ('s' in value && 'e' in value && ('d' in value || 'c' in value) && 'toFixed' in value) return value;
    const made = emptyLike(value);
    if (copies.set(value, made).size > MOST_VALUES) throw new Error('too many values');
    if (made instanceof Map)
      for (const [key, member] of value as ReadonlyMap<unknown, unknown>) made.set(copy(key), copy(member));
    else if (made instanceof Set) for (const member of value as ReadonlySet<unknown>) made.add(copy(member));
    else copyMembers(value, made);
    return made;
  };
  const copyMembers = (value: object, made: object): void => {
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (descriptor?.get !== undefined) throw new Error('a getter');
      Object.defineProperty(made, key, { ...descriptor, value: copy(descriptor?.value) });
    }
  };
  return args.map(copy);
}

function isShared(value: unknown): boolean {
  return Object(value) === value || typeof value === 'symbol';
}

function emptyLike(value: object): object {
  if (Array.isArray(value)) return [];
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  if (prototype === null || Object.getPrototypeOf(prototype) === null)
    return Object.create(prototype) as object;
  throw new Error('an instance of a class');
}
