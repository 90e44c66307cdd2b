import { inspect } from 'node:util';

/**
 * How an object is compared: part by part, as one value, or by what it says about itself. Two of different tags
 * are different.
 */
type Kind =
  | { readonly kind: 'parts'; readonly tag: 'Array' | 'Map' | 'Set' | 'Error' | 'Object' }
  | { readonly kind: 'value' | 'words'; readonly tag: string };

const VALUES = [
  'Date',
  'RegExp',
  'Number',
  'String',
  'Boolean',
  'BigInt',
  'ArrayBuffer',
  'SharedArrayBuffer',
];

export function kindOf(value: object): Kind {
  if (typeof value === 'function') return { kind: 'words', tag: 'function' };
  // By tag and not by `instanceof`: a runner may give each file its own globals, and a driver's are others.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof Error) return { kind: 'parts', tag: 'Error' };
  if (tag === 'Array' || tag === 'Map' || tag === 'Set' || tag === 'Error') return { kind: 'parts', tag };
  if (VALUES.includes(tag)) return { kind: 'value', tag };
  if (ArrayBuffer.isView(value)) return { kind: 'value', tag: className(value) };
  if (isPlain(value)) return { kind: 'parts', tag: 'Object' };
  const isSequence = Symbol.iterator in value || Symbol.asyncIterator in value;
  const isVisible = ownKeys(value).length > 0 && !isSequence && !speaks(value);
  return isVisible ? { kind: 'parts', tag: 'Object' } : { kind: 'words', tag: className(value) };
}

/** What is compared one by one, by how its place is written behind a path. */
export function partsOf(
  tag: 'Array' | 'Map' | 'Set' | 'Error' | 'Object',
  value: object,
): ReadonlyMap<string, unknown> {
  switch (tag) {
    case 'Array': {
      const elements = value as readonly unknown[];
      return new Map([...elements.entries()].map(([at, element]) => [`[${at}]`, element]));
    }
    case 'Map': {
      const entries = [...(value as ReadonlyMap<unknown, unknown>)];
      return numbered(
        entries.map(([key, member]) => [`.get(${text(key)})`, isObject(key) ? { key, member } : member]),
      );
    }
    case 'Set':
      return numbered(
        [...(value as ReadonlySet<unknown>)].map((member) => [`.has(${text(member)})`, member]),
      );
    case 'Error': {
      const hidden = ['name', 'message', 'cause', 'errors'].map(
        (key) => [`.${key}`, Reflect.get(value, key) as unknown] as const,
      );
      return new Map([['.constructor.name', className(value)], ...hidden, ...ownParts(value)]);
    }
    case 'Object':
      return new Map(ownParts(value));
  }
}

/** What an object that hides its content says it is; `undefined` when it says nothing. */
export function wordsOf(value: object): { readonly words: unknown } | undefined {
  if (speaks(value)) return { words: value.toJSON() };
  const primitive: unknown = typeof value === 'function' ? value : value.valueOf();
  return isObject(primitive) ? undefined : { words: primitive };
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function speaks(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The second: a plain object of other globals.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function className(value: object): string {
  const made: unknown = Reflect.get(value, 'constructor');
  return typeof made === 'function' ? made.name : 'Object';
}

function ownParts(value: object): readonly (readonly [string, unknown])[] {
  return ownKeys(value).map((key) => [placeOf(key), Reflect.get(value, key) as unknown]);
}

function ownKeys(value: object): readonly (string | symbol)[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

function placeOf(key: string | symbol): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Two that read the same stay two. */
function numbered(parts: readonly (readonly [string, unknown])[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [place, part] of parts) {
    let free = place;
    for (let again = 2; found.has(free); again += 1) free = `${place}#${again}`;
    found.set(free, part);
  }
  return found;
}

function text(value: unknown): string {
  const whole = {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    breakLength: Infinity,
  };
  return inspect(value, { ...whole, compact: true, sorted: true });
}
