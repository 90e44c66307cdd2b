import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError } from '../../kernel/index.ts';
import { bad, type Check, ok } from './check.ts';

const NAME = 'state folder';

/** Whether the state file can be written or made, by asking the system: nothing is written to find out. */
export function checkStateFolder(storeFile: string): Check {
  const folder = nearest(dirname(storeFile));
  const isThere = folder === dirname(storeFile);
  if (!statSync(folder).isDirectory())
    return bad(NAME, `${folder} is no folder`, 'name another one: --store');
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (existsSync(storeFile)) accessSync(storeFile, constants.R_OK | constants.W_OK);
  } catch (error) {
    return bad(
      NAME,
      `${dirname(storeFile)} cannot be written: ${describeError(error)}`,
      'change its permissions for the user that runs this, or name another file: --store',
    );
  }
  return ok(NAME, `${dirname(storeFile)} ${isThere ? 'can be written' : 'can be made'}`);
}

/** The folder, or the nearest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
