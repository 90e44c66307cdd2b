import type pg from 'pg';
import { CutoverError } from '../../kernel/index.ts';

export type Driver = typeof pg;

let loaded: Promise<Driver> | null = null;

/** The `pg` package, which only those install whose state is in PostgreSQL. @throws CutoverError `DRIVER_MISSING` */
export function loadDriver(): Promise<Driver> {
  loaded ??= import('pg').then(
    (module) => module.default,
    (error: unknown) => {
      loaded = null;
      throw new CutoverError(
        'DRIVER_MISSING',
        'the package "pg" is not installed, and the state is in PostgreSQL',
        {
          hint: 'npm install pg',
          cause: error,
        },
      );
    },
  );
  return loaded;
}
