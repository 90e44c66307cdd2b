import { dirname } from 'node:path';
import { findConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import { placeText, type StoreInput, type StorePlace, storePlace } from '../../store/index.ts';
import { type Check, ok, warning } from './check.ts';

const NAMES = { sqlite: 'state file of applications', postgres: 'state of applications' } as const;

/**
 * The state that an application would use that is started here, against the one of this command: two of them look like a
 * fleet that never registers.
 *
 * @param input as the configuration has it
 */
export function checkStatePlace(
  place: StorePlace,
  input: StoreInput,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Check {
  const name = NAMES[place.kind];
  const theirs = textOf({ env, cwd, input, configFolder: folderOfConfig(cwd) });
  const ours = placeText(place);
  const only = place.kind === 'sqlite' ? '; from another project or folder only with CUTOVER_STORE' : '';
  return theirs === ours
    ? ok(name, `${theirs}, where one is started here${only}`)
    : warning(
        name,
        `this command uses ${ours}, an application that is started in ${cwd} uses ${theirs}`,
        place.kind === 'sqlite'
          ? 'set CUTOVER_STORE to one absolute path for both'
          : 'give both the same variable, or the same CUTOVER_STORE',
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

function textOf(sources: Parameters<typeof storePlace>[0]): string {
  try {
    return placeText(storePlace(sources));
  } catch (error) {
    if (error instanceof CutoverError) return `nothing (${error.message})`;
    throw error;
  }
}
