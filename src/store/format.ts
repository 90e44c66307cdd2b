import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { CutoverError } from '../kernel/index.ts';
import { FORMAT, MIGRATIONS } from './schema.ts';

/** One page of the smallest size. SQLite takes less for an empty database, and would begin a new one in it. */
const LEAST_BYTES = 512;

const RESTORE =
  'keep it and restore a backup: cutover state restore <backup>; instances take their fail side by themselves meanwhile';

/**
 * What is left of a state file that was cut off. SQLite would take it for a new one, and drop the journal beside it.
 *
 * @param by a reader takes no empty file; who had a file open before waits for what becomes of an empty one in its place
 * @throws CutoverError `STORE_CORRUPT`, `STORE_UNAVAILABLE`
 */
export function refuseTruncated(file: string, by: 'reader' | 'writer' | 'again'): void {
  const { size } = statSync(file);
  if (size >= LEAST_BYTES) return;
  if (size === 0 && by === 'again')
    throw new CutoverError(
      'STORE_UNAVAILABLE',
      `${file}: it is empty; it was cut off, or a new one is being made`,
      {
        hint: RESTORE,
      },
    );
  const journal = `${file}-wal`;
  const isBeginning = size === 0 && by === 'writer' && !(existsSync(journal) && statSync(journal).size > 0);
  if (isBeginning) return;
  throw new CutoverError('STORE_CORRUPT', `${file}: ${size} bytes are no state file: it was cut off`, {
    hint: RESTORE,
  });
}

/** Makes the tables, or brings a file of the version before up to this one. Whoever only reads changes nothing. */
export function prepareFormat(database: DatabaseSync, file: string, readOnly: boolean): void {
  if (!readOnly) {
    database.exec('pragma journal_mode = wal; pragma synchronous = normal');
    if (formatOf(database) < FORMAT) migrate(database);
  }
  const format = formatOf(database);
  if (format === 0) throw foreign(database, file);
  if (Math.abs(format - FORMAT) <= 1) return;
  throw new CutoverError(
    'STORE_VERSION',
    `${file}: format ${format}, this version understands ${FORMAT - 1}..${FORMAT + 1}`,
    {
      hint: format > FORMAT ? 'update cutover here' : 'update it step by step with the versions between',
    },
  );
}

/** A file whose version was never set: nothing is in it, or it is not ours. */
function foreign(database: DatabaseSync, file: string): CutoverError {
  return tables(database) === 0
    ? new CutoverError('STORE_CORRUPT', `${file}: it has no tables, so it is no state file`, {
        hint: `if it is being made right now, try again; else ${RESTORE}`,
      })
    : new CutoverError('STORE_VERSION', `${file}: a SQLite file of another program, not a state file`, {
        hint: 'name the right file with --store or CUTOVER_STORE',
      });
}

function migrate(database: DatabaseSync): void {
  database.exec('begin immediate');
  try {
    // Somebody else may have been faster.
    const format = formatOf(database);
    const isNext = format === FORMAT - 1 || (format === 0 && tables(database) === 0);
    if (isNext) {
      for (const script of MIGRATIONS.slice(format)) database.exec(script);
      database.exec(`pragma user_version = ${FORMAT}`);
    }
    database.exec('commit');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

/** Whether this connection may only read, by its own setting. */
export function isReadOnly(database: DatabaseSync): boolean {
  return database.prepare('pragma query_only').get()?.['query_only'] === 1;
}

function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0);
}

function tables(database: DatabaseSync): number {
  return Number(database.prepare('select count(*) as n from sqlite_schema').get()?.['n'] ?? 0);
}
