import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { ShopError } from '../types.ts';

export type Db = ReturnType<typeof openDrizzle>;
/** What a query needs, in a transaction or out of one. */
export type Queries = Pick<Db, 'select' | 'insert' | 'update'>;

export function openDrizzle(client: pg.Pool) {
  return drizzle({ client });
}

export async function unlessTaken<T>(what: string, query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (isTaken(error)) throw new ShopError('TAKEN', `${what} is taken`);
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

/** Drizzle wraps what the driver threw. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === UNIQUE_VIOLATION) || isTaken(error.cause);
}

/** The row that an insert returned. */
export function inserted<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the insert returned no row');
  return row;
}
