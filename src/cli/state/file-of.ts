import { CutoverError } from '../../kernel/index.ts';
import { placeText, type StorePlace } from '../../store/index.ts';

/**
 * The state file, for what can only be done with a file.
 *
 * @param instead what does the same for a PostgreSQL
 * @throws CutoverError `USAGE` when the state is in a PostgreSQL
 */
export function stateFileOf(place: StorePlace, instead: string): string {
  if (place.kind === 'sqlite') return place.file;
  throw new CutoverError('USAGE', `the state is in ${placeText(place)}, and this command works on a file`, {
    hint: instead,
  });
}
