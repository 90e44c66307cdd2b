import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CutoverError, type Clock } from '../kernel/index.ts';
import { isBusy, isWriteRefused, storeFault } from './fault.ts';
import { isReadOnly, prepareFormat, refuseTruncated } from './format.ts';

export type SqliteOptions = {
  readonly file: string;
  readonly clock: Clock;
  /** Opens an existing file and writes nothing, not even the schema. @default false */
  readonly readOnly?: boolean;
  /** How long to wait for another process's lock before `STORE_LOCKED`, milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number;
};

type Row = Readonly<Record<string, unknown>>;

/** SQLite itself waits this long, milliseconds; longer waits are asynchronous and leave the event loop free. */
const BLOCKING_WAIT_MS = 2;
const RETRY_MS = 5;

/**
 * One SQLite file in WAL mode: waits for locks without blocking, names its failures, and notices when the file
 * under it was deleted or replaced, so that nothing is written to a file that nobody else sees.
 */
export class SqliteFile {
  readonly path: string;
  readonly #clock: Clock;
  readonly #readOnly: boolean;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync | null = null;
  #inode = 0;
  /** Opened as a file that does not change, which ends with the first journal beside it. */
  #still = false;
  /** It was open once: a file that vanishes now is not made again behind everybody's back. */
  #wasOpen = false;

  constructor({ file, clock, readOnly = false, busyTimeoutMs = 5_000 }: SqliteOptions) {
    this.path = resolve(file);
    this.#clock = clock;
    this.#readOnly = readOnly;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  async open(): Promise<void> {
    await this.attempt(() => {
      this.#connect();
    });
  }

  /** Runs synchronous work on the file, again while it is locked. */
  async attempt<T>(work: () => T): Promise<T> {
    const began = this.#clock.monotonic();
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || this.#clock.monotonic() - began >= this.#busyTimeoutMs)
          throw storeFault(error, this.path);
        await this.#clock.sleep(RETRY_MS);
      }
    }
  }

  /** Reads rows. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Writes; only inside `transaction`. */
  write(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** All or nothing, with the write lock from the beginning, so that what was read in it is still so when it commits. */
  transaction<T>(work: () => T): Promise<T> {
    return this.attempt(() => {
      const database = this.#connect();
      database.exec('begin immediate');
      try {
        const result = work();
        database.exec('commit');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('rollback');
        throw error;
      }
    });
  }

  close(): void {
    this.#statements.clear();
    this.#database?.close();
    this.#database = null;
  }

  #prepare(sql: string): StatementSync {
    const database = this.#connect();
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** The open database, or a fresh one when the file was deleted or replaced since. */
  #connect(): DatabaseSync {
    const inode = existsSync(this.path) ? statSync(this.path).ino : 0;
    const isAwake = this.#still && existsSync(this.#journal);
    if (this.#database !== null && inode === this.#inode && !isAwake) return this.#database;
    this.close();
    if (inode === 0 && (this.#readOnly || this.#wasOpen)) throw this.#missing();
    if (!this.#readOnly) this.#makeFolder();
    this.#still = false;
    if (inode !== 0)
      refuseTruncated(this.path, this.#wasOpen ? 'again' : this.#readOnly ? 'reader' : 'writer');
    const database = this.#open(this.path, inode === 0);
    this.#database = database;
    this.#wasOpen = true;
    this.#inode = statSync(this.path).ino;
    return database;
  }

  #open(location: string | URL, isNew: boolean): DatabaseSync {
    const database = new DatabaseSync(location, { readOnly: this.#readOnly, timeout: BLOCKING_WAIT_MS });
    try {
      if (isNew) chmodSync(this.path, 0o600);
      prepareFormat(database, this.path, this.#readOnly || isReadOnly(database));
      return database;
    } catch (error) {
      database.close();
      // SQLite needs its journal files beside a database in WAL mode even to read it, and may not make them there.
      // Without them nobody writes to it, so it can be read as one that does not change.
      const canBeStill = this.#readOnly && !this.#still && !existsSync(this.#journal);
      if (!canBeStill || !isWriteRefused(error)) throw error;
      this.#still = true;
      const url = pathToFileURL(this.path);
      url.searchParams.set('immutable', '1');
      return this.#open(url, false);
    }
  }

  get #journal(): string {
    return `${this.path}-wal`;
  }

  #makeFolder(): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true });
    } catch (error) {
      throw new CutoverError(
        'STORE_UNAVAILABLE',
        `${dirname(this.path)}: the folder of the state file cannot be made`,
        { cause: error },
      );
    }
  }

  #missing(): CutoverError {
    return new CutoverError('STORE_UNAVAILABLE', `${this.path}: there is no state file`, {
      hint: 'start a run or name the right file with --store',
    });
  }
}
