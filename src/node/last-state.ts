import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Json } from '../kernel/index.ts';
import { parseRoutingState, type RoutingState, type Side } from '../route/index.ts';

/**
 * The last known good routing state of an instance, for a start without the store. Epoch 0: any state that the store
 * has then is newer. `undefined` when there is none or it cannot be read; nothing is known then.
 */
export function readLastState(file: string, migration: string): RoutingState | undefined {
  try {
    const state = parseRoutingState(JSON.parse(readFileSync(file, 'utf8')));
    return state?.migration === migration ? { ...state, epoch: 0 } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps the newest state on disk. Whoever starts from there serves the fail side, whatever else it says: so only another
 * fail side has to be there before anybody takes the state. The rest is written meanwhile, since a file takes milliseconds to
 * replace and a rollback waits for its last instance.
 */
export class LastState {
  readonly #file: string;
  #waiting: Json = null;
  #writing: Promise<void> | null = null;
  #failSide: Side | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Writes a newer state. Resolves when it may be taken. */
  async keep(body: Json): Promise<void> {
    this.#waiting = body;
    this.#writing ??= this.#write();
    const failSide = parseRoutingState(body)?.failSide;
    if (failSide !== this.#failSide) await this.#writing;
    this.#failSide = failSide;
  }

  /** Resolves when all of it is on disk. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** One after the other, so that an older one does not come behind a newer. A full disk loses the copy, no call. */
  async #write(): Promise<void> {
    while (this.#waiting !== null) {
      const body = this.#waiting;
      this.#waiting = null;
      await replaceWhole(this.#file, body).catch(() => {});
    }
    this.#writing = null;
  }
}

/** A crash in the middle leaves the one before. */
async function replaceWhole(file: string, body: Json): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(fresh, JSON.stringify(body), { mode: 0o600 });
  await rename(fresh, file);
}
