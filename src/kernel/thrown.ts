/** A returned Result holds its error in `error`. */
export function unwrapResult(value: unknown): unknown {
  if (value instanceof Error) return value;
  const inner = thrownMember(value, 'error');
  return inner ?? value;
}

/** A member of whatever was thrown: it may be a getter that throws, of a proxy that throws. */
export function thrownMember(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** Characters of a class's name, at most. */
const MOST_NAME = 80;

/** What class an error is of, whatever was thrown. */
export function thrownClass(error: unknown): string {
  const name = textIn(error, 'name');
  const known = (name !== 'Error' && name) || textIn(thrownMember(error, 'constructor'), 'name');
  return known.slice(0, MOST_NAME) || (error === null ? 'null' : typeof error);
}

/** The message of whatever was thrown; empty where it has none. */
export function thrownMessage(error: unknown): string {
  const isPlain = typeof error === 'number' || typeof error === 'bigint' || typeof error === 'boolean';
  return typeof error === 'string' || isPlain ? `${error}` : textIn(error, 'message');
}

function textIn(error: unknown, key: string): string {
  const text = thrownMember(error, key);
  return typeof text === 'string' ? text : '';
}
