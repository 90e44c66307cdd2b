import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CutoverError } from '../../kernel/index.ts';
import { parseRoutingState } from '../../route/index.ts';
import { placeText, type StorePlace } from '../../store/index.ts';

/**
 * A log without an event is where a migration begins, or what a lost one looks like. Instances keep their last state
 * beside the state file: where there is one, something was started before.
 *
 * @throws CutoverError `LOG_BROKEN` with the epoch that an instance knew
 */
export function refuseForgotten(place: StorePlace, migration: string, environment: string): void {
  const { folder } = place;
  const known = namesIn(folder)
    .filter((name) => name.endsWith('.last.json'))
    .flatMap((name) => {
      const state = readState(join(folder, name));
      const isOurs = state?.migration === migration && state.environment === environment;
      return isOurs ? [{ name, epoch: state.epoch }] : [];
    })
    .toSorted((a, b) => b.epoch - a.epoch)[0];
  if (known === undefined) return;
  throw new CutoverError(
    'LOG_BROKEN',
    `${placeText(place)} knows nothing of ${migration} in ${environment}, and an instance was at epoch ${known.epoch} of it (${known.name}): ${place.kind === 'sqlite' ? 'the state file' : 'its state'} was lost or replaced`,
    {
      hint: `restore it: ${place.kind === 'sqlite' ? 'cutover state restore <backup>' : 'pg_restore of a dump of the schema cutover'}. To begin anew, stop every instance and remove ${migration}.${environment}.*.last.json in ${folder}`,
      details: { file: join(folder, known.name), epoch: known.epoch },
    },
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readState(file: string): ReturnType<typeof parseRoutingState> {
  try {
    return parseRoutingState(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
