import { CutoverError, describeError } from '../../kernel/index.ts';

/** A wrong password, a role that may not, a database that is not there (SQLSTATE). */
const DENIED: ReadonlySet<string> = new Set(['28000', '28P01', '3D000', '42501']);
/** A server that starts, stops, is full, or cut the connection. */
const AWAY = /^(08|57P|53)/;

/** What went wrong, by a code. The server's sentence is kept; nothing of the address but host and database is. */
export function postgresFault(
  name: string,
  place: string,
  error: unknown,
  secrets: readonly string[],
): CutoverError {
  if (error instanceof CutoverError) return error;
  const state = codeOf(error);
  const said = redact(causeOf(error), secrets);
  const message = `database "${name}" (${place}): ${said}${state === undefined ? '' : ` (${state})`}`;
  if (state !== undefined && DENIED.has(state))
    return new CutoverError('DATABASE_DENIED', message, {
      hint: 'look at the user, the password and the database in the variable, and at the rights of that user',
    });
  // Five characters are the server's own; anything else is the network's or the driver's.
  if (state !== undefined && /^[0-9A-Z]{5}$/.test(state) && !AWAY.test(state))
    return new CutoverError('DATABASE_QUERY', message, {
      hint: 'try the statement yourself; it has to read, and be done within its timeout',
    });
  return new CutoverError('DATABASE_UNREACHABLE', message, {
    hint: 'look whether the server runs, and can be reached from where the controller runs',
  });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Several addresses of one host fail together, without a sentence of their own. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join(', ');
  return describeError(error);
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
}
