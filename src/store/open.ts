import { existsSync } from 'node:fs';
import type { Clock } from '../kernel/index.ts';
import type { Store } from './contract.ts';
import type { StorePlace } from './place.ts';
import { Connections } from './postgres/connections.ts';
import { formatOf } from './postgres/prepare.ts';
import { openPostgresStore } from './postgres/store.ts';
import { openSqliteStore } from './sqlite.ts';

export type OpenOptions = {
  readonly clock: Clock;
  /** Writes nothing, not even tables. @default false */
  readonly readOnly?: boolean;
  /** Makes tables in a PostgreSQL that has none, and brings older ones up to date; a file is made in any case. @default false */
  readonly prepare?: boolean;
  /** @default 5000 */
  readonly busyTimeoutMs?: number;
  /** To a PostgreSQL, at most, besides the one that listens. @default 3 */
  readonly connections?: number;
};

/** @throws CutoverError with a code that starts with `STORE_`, or `DRIVER_MISSING` */
export function openStore(place: StorePlace, options: OpenOptions): Promise<Store> {
  return place.kind === 'sqlite'
    ? openSqliteStore({ file: place.file, ...options })
    : openPostgresStore({ address: place.address, ...options });
}

/** Whether anything was ever written there. Makes nothing. @throws CutoverError where that cannot be found out */
export async function storeExists(place: StorePlace, clock: Clock): Promise<boolean> {
  if (place.kind === 'sqlite') return existsSync(place.file);
  const database = new Connections({ address: place.address, clock });
  try {
    return (await formatOf(database)) > 0;
  } finally {
    await database.close();
  }
}
