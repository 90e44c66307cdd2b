import { realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CutoverError, describeError } from '../../kernel/index.ts';
import type { Change } from './proposal.ts';

/**
 * Writes a file as a whole: a crash in the middle leaves the one before. A link stays one, and permissions stay.
 *
 * @throws CutoverError `USAGE` when it cannot be written, or when somebody else made it meanwhile
 */
export function writeChange(folder: string, { file, change, text }: Change): void {
  const path = join(folder, file);
  try {
    if (change === 'create') return writeFileSync(path, text, { flag: 'wx' });
    const real = realpathSync(path);
    writeFileSync(`${real}.new`, text, { mode: statSync(real).mode });
    renameSync(`${real}.new`, real);
  } catch (error) {
    throw new CutoverError('USAGE', `${file} cannot be written: ${describeError(error)}`, {
      hint: 'check the permissions of the folder; what was written before is right, run it again',
      details: { file },
      cause: error,
    });
  }
}
