import { resolve } from 'node:path';
import type { Clock } from '../../kernel/index.ts';
import type { Database, DatabaseCheck } from '../../plan/index.ts';
import { checkPostgres } from './postgres-check.ts';
import { readPostgres } from './postgres-read.ts';
import type { Reading, Rows } from './rows.ts';
import { checkSqlite } from './sqlite-check.ts';
import { readSqlite } from './sqlite-read.ts';

/** Where databases are looked for. */
export type DatabaseContext = {
  /** Of the configuration: paths begin there. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Asks a database of the plan one thing, whatever it is.
 *
 * @throws CutoverError `DATABASE_UNREACHABLE`, `DATABASE_DENIED`, `DATABASE_QUERY`, `DRIVER_MISSING`
 */
export function readDatabase(
  name: string,
  database: Database,
  { folder, env }: DatabaseContext,
  reading: Reading,
): Promise<Rows> {
  return 'postgres' in database
    ? readPostgres(name, database.postgres, env, reading)
    : readSqlite(name, resolve(folder, database.sqlite), reading);
}

/** What a database knows of its own soundness. Never rejects: what cannot be asked is a finding. */
export function checkDatabase(
  name: string,
  database: Database,
  { folder, env, clock, signal }: DatabaseContext & { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly DatabaseCheck[]> {
  return 'postgres' in database
    ? checkPostgres(name, database, { clock, signal, env })
    : checkSqlite(name, resolve(folder, database.sqlite), database, { clock, signal });
}
