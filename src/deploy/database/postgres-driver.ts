import type pg from 'pg';
import { CutoverError } from '../../kernel/index.ts';

let loaded: Promise<typeof pg> | null = null;

/** The `pg` package, which only those install who have a PostgreSQL. @throws CutoverError `DRIVER_MISSING` */
export function postgresDriver(name: string): Promise<typeof pg> {
  loaded ??= import('pg').then(({ default: driver }) => driver);
  return loaded.catch((error: unknown) => {
    loaded = null;
    throw new CutoverError(
      'DRIVER_MISSING',
      `database "${name}" is a PostgreSQL, and the package "pg" is not installed`,
      { hint: 'npm install pg', cause: error },
    );
  });
}
