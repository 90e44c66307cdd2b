import { dirname, resolve } from 'node:path';
import { findConfig } from '../../config/index.ts';
import { type Check, ok, warning } from './check.ts';

const NAME = 'state file of applications';

/**
 * The state file that an application would use that is started here, against the one of this command: two files look
 * like a fleet that never registers.
 *
 * @param sqlite as the configuration has it
 */
export function checkStatePlace(
  storeFile: string,
  sqlite: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Check {
  const named = env['CUTOVER_STORE'] || undefined;
  const file = named === undefined ? resolve(folderOfConfig(cwd), sqlite) : resolve(cwd, named);
  return file === storeFile
    ? ok(NAME, `${file}, where one is started here; from another project or folder only with CUTOVER_STORE`)
    : warning(
        NAME,
        `this command uses ${storeFile}, an application that is started in ${cwd} uses ${file}`,
        'set CUTOVER_STORE to one absolute path for both',
      );
}

/** As an application looks for it (`node/place.ts`). */
function folderOfConfig(cwd: string): string {
  try {
    return dirname(findConfig(cwd));
  } catch {
    return cwd;
  }
}
