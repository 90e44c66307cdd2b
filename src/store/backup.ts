import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { CutoverError, type Clock, describeError } from '../kernel/index.ts';
import type { LeaseRecord } from './contract.ts';
import { isBusy, storeFault } from './fault.ts';

/** More pages than a file has: one step copies all. Smaller steps begin again with every commit of somebody else. */
const ALL_PAGES = 2 ** 31 - 1;
/** How long to wait for another process's lock, milliseconds. It blocks: only commands of a person do this. */
const LOCK_WAIT_MS = 5_000;
/**
 * Whoever opened the file just before it was replaced waits 2 ms for its lock (`file.ts`), fails, and opens the one
 * that is there then. The lock is kept for many times that.
 */
const LET_GO_AFTER_MS = 100;

/** What SQLite keeps beside a file. */
const BESIDE = ['-wal', '-shm', '-journal'] as const;

/**
 * Copies a state file while others write to it, all of it as it was at one moment, into a file of its own that needs
 * no journal beside it. What stands at `to` is removed first, as are remains of it when this fails.
 *
 * @throws CutoverError with a code that starts with `STORE_`
 */
export async function copyStateFile(file: string, to: string): Promise<void> {
  if (!existsSync(file)) throw missing(file);
  removeStateFile(to);
  try {
    onDisk(to, () => closeSync(openSync(to, 'wx', 0o600)));
    await copyPages(file, to);
    withFile(to, (copy) => copy.exec('pragma journal_mode = delete'));
  } catch (error) {
    removeStateFile(to);
    throw error;
  }
}

async function copyPages(file: string, to: string): Promise<void> {
  const source = opened(file, { readOnly: true, timeout: LOCK_WAIT_MS });
  try {
    // What is read now stays what is read, whoever writes meanwhile.
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await backup(source, to, { rate: ALL_PAGES });
  } catch (error) {
    throw storeFault(error, file);
  } finally {
    source.close();
  }
}

/** The folder of a state file that is not there yet. */
export function makeFolder(file: string): void {
  onDisk(dirname(file), () => void mkdirSync(dirname(file), { recursive: true }));
}

/** Removes a file that nobody uses, with what SQLite keeps beside it. */
export function removeStateFile(file: string): void {
  for (const end of ['', ...BESIDE]) rmSync(file + end, { force: true });
}

/** What SQLite itself finds wrong with a file; `null` when it is sound. Knows nothing of what the events mean. */
export function faultOf(file: string): string | null {
  return withFile(
    file,
    (database) => {
      const result = String(database.prepare('pragma integrity_check(1)').get()?.['integrity_check']);
      if (result !== 'ok') return result.replaceAll('\n', ' ');
      const orphan = database
        .prepare('select stream from routing where stream not in (select stream from events) limit 1')
        .get();
      return orphan === undefined
        ? null
        : `${String(orphan['stream'])} has a routing state and no event that made it`;
    },
    true,
  );
}

/** A controller or an instance, and how often it has reported. Who lives is who moves. */
export type Beat = {
  readonly kind: 'controller' | 'instance';
  readonly name: string;
  readonly stream: string;
  /** Changes with every report and with every taking of a lease. */
  readonly beat: string;
};

/** Everyone that ever reported to a file, in all of its streams. */
export function readBeats(file: string): readonly Beat[] {
  const sql = `
    select 'instance' as kind, instance as name, stream, cast(beat as text) as beat from instances
    union all
    select 'controller', holder, stream, fence || '.' || beat from leases where released = 0`;
  return withFile(
    file,
    (database) =>
      database
        .prepare(sql)
        .all()
        .map((row) => ({
          kind: row['kind'] === 'instance' ? 'instance' : 'controller',
          name: String(row['name']),
          stream: String(row['stream']),
          beat: String(row['beat']),
        })),
    true,
  );
}

export type Lease = LeaseRecord & { readonly stream: string };

/** Leases as they are, for `raiseFences`. */
export function readLeases(file: string): readonly Lease[] {
  return withFile(
    file,
    (database) =>
      database
        .prepare('select * from leases')
        .all()
        .map((row) => ({
          stream: String(row['stream']),
          holder: String(row['holder']),
          fence: Number(row['fence']),
          beat: Number(row['beat']),
          released: row['released'] === 1,
        })),
    true,
  );
}

/**
 * Lets every lease of a copy go, and gives none a fencing token twice: a controller that was stopped in its sleep must
 * not wake up with a token that is good again.
 */
export function raiseFences(file: string, leases: readonly Lease[]): void {
  withFile(file, (database) => {
    database.exec('begin immediate; update leases set released = 1');
    const raise = database.prepare(`
      insert into leases (stream, holder, fence, beat, released) values (?, ?, ?, ?, 1)
      on conflict (stream) do update set fence = max(fence, excluded.fence)`);
    for (const { stream, holder, fence, beat } of leases) raise.run(stream, holder, fence, beat);
    database.exec('commit');
  });
}

export type Replacement = {
  readonly file: string;
  /** What takes its place: a file that nobody uses, in the same folder. */
  readonly by: string;
  /** Where the present file is kept; `null` when there is none. */
  readonly aside: string | null;
  /**
   * What was seen in the present file, as `markOf` gives it: nobody may have written since. `null` when SQLite cannot
   * read it, or it is gone: what there is is then kept as it is, with what stands beside it.
   */
  readonly mark: string | null;
};

/**
 * Puts a file in the place of a state file, in one step for whoever looks, and keeps the one that was there, its
 * journal written back first.
 *
 * @throws CutoverError `RUN_ACTIVE` when a process has the state file open, or wrote since `mark`
 */
export async function replaceStateFile(replacement: Replacement, clock: Clock): Promise<void> {
  const { file, by, aside, mark } = replacement;
  const lock = mark === null ? null : takeAlone(file);
  try {
    if (lock !== null && mark !== markOn(lock)) throw inUse(file, 'something wrote to it just now');
    onDisk(file, () => {
      // The lock would end if this process opened and closed the file itself: it is linked, not copied.
      if (aside !== null) keep(file, aside);
      if (lock === null) clearBeside(file, aside);
    });
    putInPlace(by, file);
    if (lock !== null) await clock.sleep(LET_GO_AFTER_MS);
  } finally {
    lock?.close();
  }
}

/** Gives a file its name, in one step, and waits until the disk has it. */
export function putInPlace(from: string, to: string): void {
  onDisk(to, () => {
    sync(from, 'r+');
    renameSync(from, to);
  });
  try {
    sync(dirname(to), 'r');
  } catch {
    // Windows cannot for a folder. The file has its name all the same.
  }
}

/** Something that is another one after any event, routing state or report. */
export function markOf(file: string): string {
  return withFile(file, markOn, true);
}

function markOn(database: DatabaseSync): string {
  const { mark } =
    database
      .prepare(
        `select (select count(*) from events) || ' ' || (select total(epoch) from routing) || ' ' ||
           (select total(beat) || ' ' || count(*) from instances) || ' ' ||
           (select total(fence) || ' ' || total(beat) from leases) as mark`,
      )
      .get() ?? {};
  return String(mark);
}

/** The file with nobody else on it: leaving the write-ahead log is possible only then, and writes it back. */
function takeAlone(file: string): DatabaseSync {
  const database = opened(file, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive');
    const mode = database.prepare('pragma journal_mode = delete').get()?.['journal_mode'];
    if (mode !== 'delete') throw inUse(file, 'a process has it open');
    database.exec('begin exclusive; commit');
    return database;
  } catch (error) {
    database.close();
    throw isBusy(error) ? inUse(file, 'a process has it open') : storeFault(error, file);
  }
}

function inUse(file: string, why: string): CutoverError {
  return new CutoverError('RUN_ACTIVE', `${file}: ${why}; nothing was changed`, {
    hint: `stop it first; see which one with: fuser ${file}`,
  });
}

/** A second name for the file, or, where the disk has no second names, another one for a moment without any. */
function keep(file: string, aside: string): void {
  try {
    linkSync(file, aside);
  } catch (error) {
    if (existsSync(aside)) throw error;
    renameSync(file, aside);
  }
}

/** A journal that stays would be taken for one of the file that comes. Without its file it is worth nothing. */
function clearBeside(file: string, aside: string | null): void {
  for (const end of BESIDE) {
    if (aside === null) rmSync(file + end, { force: true });
    else if (existsSync(file + end)) renameSync(file + end, aside + end);
  }
}

/** Until the disk has it. */
function sync(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function withFile<T>(file: string, work: (database: DatabaseSync) => T, readOnly = false): T {
  const database = opened(file, { readOnly, timeout: LOCK_WAIT_MS });
  try {
    return work(database);
  } catch (error) {
    throw storeFault(error, file);
  } finally {
    database.close();
  }
}

function opened(file: string, options: DatabaseSyncOptions): DatabaseSync {
  if (!existsSync(file)) throw missing(file);
  try {
    return new DatabaseSync(file, options);
  } catch (error) {
    throw storeFault(error, file);
  }
}

/** Work on the folder; what the disk refuses is the store's failure. */
function onDisk(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new CutoverError('STORE_UNAVAILABLE', `${path}: ${describeError(error)}`, {
      hint: 'check that the folder exists, may be written to and has room',
      cause: error,
    });
  }
}

function missing(file: string): CutoverError {
  return new CutoverError('STORE_UNAVAILABLE', `${file}: there is no such file`, {
    hint: 'name the right one; --store names the state file',
  });
}
