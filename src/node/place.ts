import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_NAMES } from '../plan/index.ts';

/**
 * Where the plan's relative paths are meant from: the folder of the nearest configuration, from the working folder
 * upwards, as the command line looks for it; the working folder where a deployment has none.
 */
export function planFolder(cwd: string): string {
  return [...upwards(resolve(cwd))].find(hasConfig) ?? resolve(cwd);
}

function hasConfig(folder: string): boolean {
  return CONFIG_NAMES.some((name) => existsSync(join(folder, name)));
}

function* upwards(folder: string): Generator<string> {
  yield folder;
  const parent = dirname(folder);
  if (parent !== folder) yield* upwards(parent);
}
