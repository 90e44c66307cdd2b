import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeWhole } from './disk.ts';

/** An end of a process while candidates were in use. */
export type Strike = { readonly at: number; readonly repositories: readonly string[] };

/** A strike older than this is of no use to any guard. Milliseconds. */
const OLDEST_MS = 86_400_000;
/** More of them say nothing new. */
const MOST = 50;
const MARKER = /^(\d+)\.serving$/;
const STRIKE = /^(\d+)-\d+\.strike$/;

/** Markers of this process's own sources, which are no predecessor's. */
const own = new Set<string>();

/**
 * The files beside the last known good state, `<state file>.<process>.serving` while candidates are in use and
 * `<state file>.<time>-<process>.strike` for each process that ended meanwhile. Everything is synchronous: a process
 * that dies in the next moment has to have written before.
 */
export class StrikeFiles {
  readonly #stateFile: string;
  readonly #marker: string;
  #descriptor: number | undefined;
  #length = 0;

  constructor(stateFile: string) {
    this.#stateFile = stateFile;
    this.#marker = `${stateFile}.${process.pid}.serving`;
  }

  /** What processes left that are gone becomes strikes, each by one claimant. @returns those that this one claimed */
  claim(now: number): readonly Strike[] {
    const claimed: Strike[] = [];
    for (const name of this.#names(MARKER)) {
      const pid = Number(MARKER.exec(name)?.[1]);
      const path = this.#path(name);
      if (own.has(path) || (pid !== process.pid && isAlive(pid))) continue;
      const strike = readStrike(path, now);
      if (strike === undefined) rmSync(path, { force: true });
      else if (isRenamed(path, this.#path(`${now}-${pid}.strike`))) claimed.push(strike);
    }
    return claimed;
  }

  /** Those that are kept, oldest first; what is too old is removed. */
  read(now: number): readonly Strike[] {
    const names = this.#names(STRIKE).toSorted();
    const strikes = names.flatMap((name, index): readonly Strike[] => {
      const at = Number(STRIKE.exec(name)?.[1]);
      const isKept = now - at < OLDEST_MS && index >= names.length - MOST;
      const strike = isKept ? readStrike(this.#path(name), at) : undefined;
      if (strike === undefined) rmSync(this.#path(name), { force: true });
      return strike === undefined ? [] : [strike];
    });
    return strikes;
  }

  /** Forgets what is kept of one repository. */
  forget(repository: string): void {
    for (const name of this.#names(STRIKE)) {
      const path = this.#path(name);
      const left = readStrike(path, 0)?.repositories.filter((one) => one !== repository) ?? [];
      if (left.length === 0) rmSync(path, { force: true });
      else writeWhole(path, { v: 1, repositories: left });
    }
  }

  /** Says whose candidates are in use now. In place and in one write, which a crash does not halve. */
  mark(repositories: readonly string[]): void {
    const text = JSON.stringify({ v: 1, repositories });
    this.#descriptor ??= this.#open();
    this.#length = Math.max(this.#length, text.length);
    writeSync(this.#descriptor, text.padEnd(this.#length), 0);
  }

  /** This process leaves in good order. */
  unmark(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#marker, { force: true });
    own.delete(this.#marker);
  }

  #open(): number {
    // Not replaced: one of this name that is there is another source's of this process.
    const descriptor = openSync(this.#marker, 'wx', 0o600);
    own.add(this.#marker);
    return descriptor;
  }

  #names(kind: RegExp): readonly string[] {
    const start = `${basename(this.#stateFile)}.`;
    return readdirSync(dirname(this.#stateFile))
      .filter((name) => name.startsWith(start) && kind.test(name.slice(start.length)))
      .map((name) => name.slice(start.length));
  }

  #path(name: string): string {
    return join(dirname(this.#stateFile), `${basename(this.#stateFile)}.${name}`);
  }
}

/** `undefined` for what says of no candidate that it was in use. */
function readStrike(path: string, at: number): Strike | undefined {
  try {
    const from: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const listed: unknown = typeof from === 'object' && from !== null && Reflect.get(from, 'repositories');
    const repositories = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : [];
    return repositories.length === 0 ? undefined : { at, repositories };
  } catch {
    return undefined;
  }
}

function isRenamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
