import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Clock, CutoverError, describeError, systemClock } from '../kernel/index.ts';
import { type CheckedPlan, parsePlan } from './parse.ts';
import { resolveSelf } from './self.ts';

/** A checked plan and the file it came from. Relative paths in it are meant from that file's folder. */
export type LoadedConfig = CheckedPlan & { readonly file: string };

/** A configuration is data: it has nothing to wait for. */
const LONGEST_LOAD_MS = 10_000;

/**
 * Reads a configuration: `.ts`, `.mts`, `.mjs`, `.js` by importing it (types are stripped by Node), `.json` as it is.
 * What the file leaves running (timers, sockets) is not waited for; end the process when the work is done.
 *
 * @throws CutoverError `CONFIG_NOT_FOUND`, `CONFIG_THREW` (its own error, with the line), `CONFIG_INVALID`.
 * @example
 * const { plan, hash } = await loadConfig('cutover.config.ts');
 */
export async function loadConfig(path: string, clock: Clock = systemClock): Promise<LoadedConfig> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new CutoverError('CONFIG_NOT_FOUND', `there is no file ${file}`, {
      hint: 'check the path that --config names',
      details: { lookedFor: [file] },
    });
  }
  return { ...parsePlan(await withinTime(valueIn(file), file, clock)), file };
}

async function valueIn(file: string): Promise<unknown> {
  try {
    return file.endsWith('.json') ? JSON.parse(await readFile(file, 'utf8')) : await defaultExport(file);
  } catch (error) {
    if (error instanceof CutoverError) throw error;
    throw threw(file, error);
  }
}

async function defaultExport(file: string): Promise<unknown> {
  using _self = resolveSelf();
  const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(file).href);
  const found = defaultOf(loaded);
  if (found !== undefined) return found.value;
  throw new CutoverError('CONFIG_INVALID', `${file} has no default export`, {
    hint: 'write: export default defineCutover({ … })',
    details: { problems: [{ path: '', message: 'has no default export' }] },
  });
}

/**
 * The default export of a module of the application's, as it is: functions and all. What it imports later can import
 * `cutover`, too. For processes of their own: whatever the module does, it does here.
 *
 * @throws CutoverError `USAGE` without a default export; what the module throws
 */
export async function importDefault(file: string): Promise<unknown> {
  resolveSelf();
  const found = defaultOf(await import(/* @vite-ignore */ pathToFileURL(file).href));
  if (found !== undefined) return found.value;
  throw new CutoverError('USAGE', `${file} has no default export`, { hint: 'write: export default …' });
}

function defaultOf(loaded: unknown): { readonly value: unknown } | undefined {
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded
    ? { value: loaded.default }
    : undefined;
}

/** A top-level `await` that never settles would otherwise end the process without a word. */
async function withinTime(loading: Promise<unknown>, file: string, clock: Clock): Promise<unknown> {
  const giveUp = new AbortController();
  const late = clock.sleep(LONGEST_LOAD_MS, giveUp.signal).then(() => {
    throw threw(file, new Error(`it did not finish loading within ${LONGEST_LOAD_MS / 1_000} s`));
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    late.catch(() => {});
    giveUp.abort();
  }
}

function threw(file: string, error: unknown): CutoverError {
  const line = lineOf(error, file);
  const what = describeError(error).replaceAll(/\s+/g, ' ');
  const at = line === undefined ? file : `${file}:${line}`;
  return new CutoverError('CONFIG_THREW', `${at}: ${what}`, {
    hint: 'the configuration could not be read; correct that line and try again',
    details: { file, line: line ?? null, error: what },
    cause: error,
  });
}

/** The first line of the file that the error's stack names. Syntax errors have it at the top, others in a frame. */
function lineOf(error: unknown, file: string): number | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const places = error.stack.matchAll(/((?:file:\/\/)?\/[^\s():]+|[A-Z]:[^\s():]+):(\d+)/g);
  for (const [, path, line] of places) if (path !== undefined && pathOf(path) === file) return Number(line);
  return undefined;
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place;
}
