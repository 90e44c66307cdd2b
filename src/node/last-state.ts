import { readFileSync } from 'node:fs';
import type { Json } from '../kernel/index.ts';
import { parseRoutingState, type RoutingState, type Side } from '../route/index.ts';
import { writeWhole } from './disk.ts';

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
 * fail side has to be there before anybody hears that the state was taken. The rest waits for the report that says so, since
 * a file takes milliseconds to replace and a rollback waits for reports.
 */
export class LastState {
  readonly #file: string;
  #waiting: Json = null;
  #failSide: Side | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes a newer state, to be written soon. */
  keep(body: Json): void {
    this.#waiting = body;
    const failSide = parseRoutingState(body)?.failSide;
    if (failSide !== this.#failSide) this.write();
    this.#failSide = failSide;
  }

  /** Writes what waits. A full disk loses the copy, no call. */
  write(): void {
    if (this.#waiting === null) return;
    try {
      writeWhole(this.#file, this.#waiting);
    } catch {
      // It is written again with the next change.
    }
    this.#waiting = null;
  }
}
