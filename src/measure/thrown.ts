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
