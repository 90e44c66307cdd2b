import type pg from 'pg';
import { CutoverError } from '../../kernel/index.ts';

export type Driver = typeof pg;

let loaded: Promise<Driver> | null = null;

/**
 * The `pg` package, which only those install who have a PostgreSQL.
 *
 * @param missing what is said where it is not installed
 * @throws CutoverError `DRIVER_MISSING`
 */
export function loadDriver(missing: string): Promise<Driver> {
  loaded ??= import('pg').then(({ default: driver }) => driver);
  return loaded.catch((error: unknown) => {
    loaded = null;
    throw new CutoverError('DRIVER_MISSING', missing, { hint: 'npm install pg', cause: error });
  });
}
