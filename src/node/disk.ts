import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseRoutingState, type RoutingState } from '../route/index.ts';
import type { Json } from '../kernel/index.ts';

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

/** A full disk loses the copy, no call. */
export function writeLastState(file: string, body: Json): void {
  try {
    writeWhole(file, body);
  } catch {
    // It is written again with the next change.
  }
}

/** Replaces a file as a whole: a crash in the middle leaves the one before. */
export function writeWhole(file: string, body: Json): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}.new`, JSON.stringify(body), { mode: 0o600 });
  renameSync(`${file}.${process.pid}.new`, file);
}

export function killFileExists(file: string): boolean {
  return existsSync(file);
}
