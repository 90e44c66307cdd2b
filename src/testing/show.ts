import { inspect } from 'node:util';

/** Characters of a value that a message has room for. */
const LONGEST = 300;

/** A value on one line of a message. An error is its class, its message and its own keys, without the stack. */
export function show(value: unknown): string {
  const text =
    value instanceof Error
      ? errorText(value)
      : inspect(value, { breakLength: Infinity, compact: true, depth: 4 });
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function errorText(error: Error): string {
  const own = Object.entries(error);
  return own.length === 0
    ? `${error.name}: ${error.message}`
    : `${error.name}: ${error.message} ${show(Object.fromEntries(own))}`;
}
