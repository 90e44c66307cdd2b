import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CutoverError } from '../kernel/index.ts';
import { CONFIG_NAMES } from '../plan/index.ts';

/**
 * The configuration that applies in `folder`: the nearest one, from there upwards.
 *
 * @throws CutoverError `CONFIG_NOT_FOUND`; `details.lookedFor` lists the names, `details.folders` where.
 */
export function findConfig(folder: string): string {
  const folders = [...upwards(resolve(folder))];
  const found = folders
    .flatMap((at) => CONFIG_NAMES.map((name) => join(at, name)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CutoverError('CONFIG_NOT_FOUND', `no ${CONFIG_NAMES[0]} in ${folder} or a folder above it`, {
    hint: 'go to the project, or name the file: --config path/to/cutover.config.ts',
    details: { lookedFor: CONFIG_NAMES, folders },
  });
}

function* upwards(folder: string): Generator<string> {
  yield folder;
  const parent = dirname(folder);
  if (parent !== folder) yield* upwards(parent);
}
