import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError } from '../../kernel/index.ts';
import type { StorePlace } from '../../store/index.ts';
import { bad, type Check, ok } from './check.ts';

const NAME = 'state folder';

/** Whether the state file, or what is kept beside the state, can be written or made, by asking the system: nothing is written to find out. */
export function checkStateFolder(place: StorePlace): Check {
  const folder = nearest(place.folder);
  const isThere = folder === place.folder;
  if (!statSync(folder).isDirectory())
    return bad(NAME, `${folder} is no folder`, 'name another one: --store');
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (place.kind === 'sqlite' && existsSync(place.file))
      accessSync(place.file, constants.R_OK | constants.W_OK);
  } catch (error) {
    return bad(
      NAME,
      `${place.folder} cannot be written: ${describeError(error)}`,
      'change its permissions for the user that runs this, or name another file: --store',
    );
  }
  return ok(NAME, `${place.folder} ${isThere ? 'can be written' : 'can be made'}`);
}

/** The folder, or the nearest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
