import { canonicalDecimal } from './decimal.ts';
import { isSeenObject, type Seen, type SeenRecord } from './seen.ts';

/** A character for each byte, and another one for each other. */
const BYTES = new TextDecoder('latin1');

/** One text for each value, so that equal rows find each other. Keys sorted, absent and `undefined` alike. */
export function textOf(value: Seen): string {
  if (value === 0) return '0';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (!isSeenObject(value)) return String(value);
  switch (value.is) {
    case 'list':
      return `[${value.of.map(textOf).join(',')}]`;
    case 'set':
      return `[${value.of.map(textOf).toSorted().join(',')}]`;
    case 'record':
      return `{${[...value.of]
        .filter(([, field]) => field !== undefined)
        .map(([key, field]) => `${JSON.stringify(key)}:${textOf(field)}`)
        .toSorted()
        .join(',')}}`;
    case 'time':
      return `@${value.of}`;
    case 'bytes':
      return `#${BYTES.decode(value.of)}`;
    case 'decimal':
      return `=${canonicalDecimal(value.of) ?? value.of}`;
    case 'error':
      return `!${value.of} ${value.message}`;
    case 'unseen':
      return `?${value.of}`;
  }
}

/**
 * What says which row a record is: the values of its key in any type, so that a row whose id became a text is still
 * that row. `undefined` when a part of the key is not there.
 */
export function rowIdentity(row: SeenRecord, key: readonly string[]): string | undefined {
  const parts: string[] = [];
  for (const name of key) {
    const value = row.of.get(name);
    if (value == null) return undefined;
    parts.push((isSeenObject(value) ? undefined : canonicalDecimal(String(value))) ?? textOf(value));
  }
  return parts.join('\n');
}
