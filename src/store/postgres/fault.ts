import { CutoverError, describeError, type ErrorCode } from '../../kernel/index.ts';

type Fault = { readonly code: ErrorCode; readonly what: string; readonly hint: string };

const LOCKED: Fault = {
  code: 'STORE_LOCKED',
  what: 'it did not answer in time',
  hint: "see who holds a lock: select * from pg_stat_activity where wait_event_type = 'Lock'; nothing was written",
};
const GONE: Fault = {
  code: 'STORE_UNAVAILABLE',
  what: 'it has no tables of cutover',
  hint: 'make them: cutover state prepare; if there were some, restore the schema from a dump. Instances take their fail side by themselves meanwhile',
};
const ROLE: Fault = {
  code: 'STORE_READ_ONLY',
  what: 'the role lacks a right',
  hint: 'give it one of the roles of docs/operations/postgres.md',
};
const AWAY: Fault = {
  code: 'STORE_UNAVAILABLE',
  what: 'it cannot be used now',
  hint: 'check that the server runs and can be reached from here; what was asked for can then be repeated. An instance goes back by itself with a kill file',
};
const BROKEN: Fault = {
  code: 'STORE_CORRUPT',
  what: 'its tables are not as cutover made them',
  hint: 'see what differs: cutover doctor',
};

/** SQLSTATE, exact or by its class (two characters): https://www.postgresql.org/docs/current/errcodes-appendix.html */
const BY_STATE: Readonly<Record<string, Fault>> = {
  '55P03': LOCKED,
  '57014': LOCKED,
  '40P01': LOCKED,
  '40001': LOCKED,
  '42501': ROLE,
  '42P01': GONE,
  '3F000': GONE,
  42: BROKEN,
  22: BROKEN,
  23: BROKEN,
  XX: BROKEN,
  28: { ...AWAY, what: 'it does not let this role in', hint: 'check role and password in the variable' },
  '3D000': {
    ...AWAY,
    what: 'there is no such database',
    hint: 'check the name in the variable, or create it',
  },
  53: {
    ...AWAY,
    what: 'it has no room or no connection left',
    hint: 'see connections (pg_stat_activity against max_connections) and room on its disk; what was asked for can then be repeated',
  },
};

/**
 * The server takes no writes now: it was made read-only, or it is a standby, which refuses a transaction that may write as
 * a feature that it lacks. No statement of ours lacks another one.
 */
const TAKES_NO_WRITES: ReadonlySet<string> = new Set(['25006', '0A000']);

/** A failure of PostgreSQL or of the way there as a coded error; other errors unchanged. */
export function postgresFault(error: unknown, place: string, readOnly: boolean): unknown {
  if (error instanceof CutoverError || error instanceof TypeError) return error;
  const state = stateOf(error);
  const { code, what, hint } = TAKES_NO_WRITES.has(state)
    ? readOnlyFault(readOnly)
    : (BY_STATE[state] ?? BY_STATE[state.slice(0, 2)] ?? AWAY);
  // The driver's errors hold no address: what it could not parse was refused before.
  return new CutoverError(
    code,
    `${place}: ${what} (${state === '' ? '' : `${state} `}${describeError(error)})`,
    {
      hint,
      cause: error,
    },
  );
}

function readOnlyFault(readOnly: boolean): Fault {
  return readOnly
    ? { code: 'STORE_READ_ONLY', what: 'it was opened for reading', hint: 'open it for writing' }
    : { ...AWAY, what: 'it takes no writes: a standby, or a primary that is being replaced' };
}

/**
 * Whether the connection is still what it was: only the statement failed. One to a server that takes no writes is not: the
 * address may lead to another one by now, and a connection that answers would be kept for ever.
 */
export function isStatementFault(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('severity' in error)) return false;
  return error.severity === 'ERROR' && !TAKES_NO_WRITES.has(stateOf(error));
}

/** SQLSTATE; empty for what never came from the server. */
function stateOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in Object(error) ? code : '';
}
