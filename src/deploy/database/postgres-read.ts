import type pg from 'pg';
import { CutoverError, deadline, describeError, systemClock } from '../../kernel/index.ts';
import { loadDriver } from '../../store/index.ts';
import { postgresFault } from './postgres-fault.ts';
import { postgresPlace, type PostgresPlace } from './postgres-place.ts';
import { exactNumber, type Reading, type Rows, type Value } from './rows.ts';
import { Turns } from './turns.ts';

/** Connections to one database at a time: they are the application's. */
const MOST_CONNECTIONS = 2;
/** Nobody waits longer for a connection, milliseconds. */
const CONNECT_MS = 10_000;
/** The server ends a statement a little before the controller gives it up, so that it is the server that ends it. */
const AHEAD_MS = 250;

const turns = new Map<string, Turns>();

/**
 * Asks a PostgreSQL: one statement, in a transaction that only reads, on a connection of its own that is closed behind it.
 *
 * @param name of the database in the plan
 * @param variable of the environment that holds the address
 * @throws CutoverError `DRIVER_MISSING`, `DATABASE_UNREACHABLE`, `DATABASE_DENIED`, `DATABASE_QUERY`
 */
export async function readPostgres(
  name: string,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  reading: Reading,
): Promise<Rows> {
  const place = postgresPlace(name, variable, env);
  const driver = await loadDriver(
    `database "${name}" is a PostgreSQL, and the package "pg" is not installed`,
  );
  const turn = turns.get(place.url) ?? new Turns(MOST_CONNECTIONS);
  turns.set(place.url, turn);
  const late = deadline(systemClock, reading.timeoutMs);
  try {
    const signal = AbortSignal.any([reading.signal, late.signal]);
    return await turn.take(() => connected(driver, place, { ...reading, signal }));
  } catch (error) {
    if (reading.signal.aborted) throw query(name, `not asked: ${describeError(reading.signal.reason)}`);
    if (late.signal.aborted) throw query(name, `no answer within ${reading.timeoutMs}ms`);
    throw postgresFault(name, place.shown, error, place.secrets);
  } finally {
    late.end();
  }
}

function query(name: string, why: string): CutoverError {
  return new CutoverError('DATABASE_QUERY', `database "${name}": ${why}`, {
    hint: 'ask less at once, or write a longer timeout',
  });
}

async function connected(driver: typeof pg, place: PostgresPlace, reading: Reading): Promise<Rows> {
  const { signal, timeoutMs } = reading;
  signal.throwIfAborted();
  const client = new driver.Client({
    connectionString: place.url,
    application_name: 'cutover',
    connectionTimeoutMillis: Math.min(timeoutMs, CONNECT_MS),
  });
  // A connection that breaks rejects what waits for it; without a listener it would end the process.
  client.on('error', () => {});
  const broken = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    client.on('end', () => reject(new Error('the connection was closed')));
  });
  broken.catch(() => {});
  try {
    return await Promise.race([ask(driver, client, reading), broken]);
  } finally {
    // Without a goodbye: a server that hangs would be waited for.
    client.connection.stream.destroy();
  }
}

async function ask(driver: typeof pg, client: pg.Client, reading: Reading): Promise<Rows> {
  await client.connect();
  // A pooler may have given us somebody else's connection: what is set holds for this transaction alone.
  await client.query('begin transaction read only');
  await client.query(
    `set local statement_timeout = ${Math.max(1, Math.floor(reading.timeoutMs - AHEAD_MS))}`,
  );
  return rowsOf(driver, client, reading);
}

/** Row by row: a statement that answers with a whole table is cut off, not kept. */
function rowsOf(driver: typeof pg, client: pg.Client, { query: text, most }: Reading): Promise<Rows> {
  return new Promise((resolve, reject) => {
    const rows: (readonly Value[])[] = [];
    let columns: readonly string[] = [];
    // One statement only is what the extended protocol takes: none can end the transaction and go on behind it.
    const config = { text, rowMode: 'array', queryMode: 'extended', types: { getTypeParser } };
    const query = new driver.Query<Value[]>(config);
    query.on('row', (row, result) => {
      columns = result?.fields.map(({ name }) => name) ?? columns;
      if (rows.length === most) resolve({ columns, rows, isMore: true });
      else rows.push(row);
    });
    query.on('error', reject);
    query.on('end', (result) =>
      resolve({ columns: result.fields.map(({ name }) => name), rows, isMore: false }),
    );
    client.query(query);
  });
}

const BOOLEAN = 16;
/** int8, int2, int4, oid, float4, float8, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);

function getTypeParser(type: number): (text: string) => Value {
  if (type === BOOLEAN) return (text) => (text === 't' ? 1 : 0);
  return NUMBERS.has(type) ? exactNumber : (text) => text;
}
