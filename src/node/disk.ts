import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Json } from '../kernel/index.ts';

/** Replaces a file as a whole: a crash in the middle leaves the one before. */
export function writeWhole(file: string, body: Json): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}.new`, JSON.stringify(body), { mode: 0o600 });
  renameSync(`${file}.${process.pid}.new`, file);
}

export function killFileExists(file: string): boolean {
  return existsSync(file);
}
