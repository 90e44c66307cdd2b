import type { LoadedConfig } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import { placeText } from '../../store/index.ts';
import type { Context } from '../command.ts';
import { storePlaceOf } from '../session.ts';

/**
 * The state file, for what can only be done with a file.
 *
 * @param instead what does the same for a PostgreSQL
 * @throws CutoverError `USAGE` when the state is in a PostgreSQL
 */
export function stateFileOf(context: Context, config: LoadedConfig, instead: string): string {
  const place = storePlaceOf(context, config);
  if (place.kind === 'sqlite') return place.file;
  throw new CutoverError('USAGE', `the state is in ${placeText(place)}, and this command works on a file`, {
    hint: instead,
  });
}
