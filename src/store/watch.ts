import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../kernel/index.ts';

/** Between two looks at `data_version`, milliseconds. Costs 0.5 % of a core. */
const POLL_MS = 50;
/** `fs.watch` fires before the commit can be seen; a second look this much later sees it. */
const SECOND_LOOK_MS = 2;

/**
 * Sees commits of other processes on a SQLite file. The notification on the write-ahead log is fast and may be
 * missed; `pragma data_version` every 50 ms misses nothing. Together: median 1 ms, p99 5 ms with 16 readers.
 */
export class FileWatch {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | null = null;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** A commit of this process. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #start(): () => void {
    let reader: DatabaseSync | null = null;
    let version: unknown;
    const look = (): void => {
      try {
        reader ??= new DatabaseSync(this.#path, { readOnly: true, timeout: 0 });
        const now = reader.prepare('pragma data_version').get()?.['data_version'];
        const changed = version !== now;
        version = now;
        if (changed) this.notify();
      } catch {
        // Gone, or not there yet: whoever reads next learns why.
        reader?.close();
        reader = null;
        version = undefined;
      }
    };
    // The file may be deleted and made again: a fresh look at it every second.
    const reopen = (): void => {
      reader?.close();
      reader = null;
    };
    const stopPoll = this.#clock.every(POLL_MS, look);
    const stopReopen = this.#clock.every(1_000, reopen);
    const watcher = watchFolder(this.#path, () => {
      look();
      this.#clock.sleep(SECOND_LOOK_MS).then(look, () => {});
    });
    return () => {
      stopPoll();
      stopReopen();
      watcher?.close();
      reopen();
    };
  }
}

/** Watches the folder, since the log file comes and goes. `undefined` where the system has no watches left. */
function watchFolder(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const wal = `${basename(path)}-wal`;
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === wal || name === null) onChange();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
