import { CutoverError } from '../../kernel/index.ts';

export type Value = string | number | boolean | null;

/**
 * SQL with its values in it, each quoted by `literal`.
 *
 * Values are written into the text because several statements then fit into one message, and one message is one
 * transaction: the server carries it out without waiting for the client in the middle of it. A process that is frozen
 * holds no lock, a pooler needs no session, and each message brings its own timeouts.
 *
 * @example
 * sql`select seq from cutover.heads where stream = ${stream}`
 */
export function sql(texts: TemplateStringsArray, ...values: readonly Value[]): string {
  return texts.reduce((all, text, index) => `${all}${literal(values[index - 1] ?? null)}${text}`);
}

/**
 * A value as PostgreSQL reads it, whatever `standard_conforming_strings` says. Every connection talks UTF-8, in which no
 * part of a longer character looks like a quote or a backslash.
 */
export function literal(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no whole number`);
    return value < 0 ? `(${value})` : String(value);
  }
  if (value.includes('\0'))
    throw new CutoverError('USAGE', 'a name holds a NUL character, which PostgreSQL cannot keep', {
      hint: 'leave it out',
    });
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
