import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { activeRun, isExposed, loadState, migrationStreams, type State } from '../../engine/index.ts';
import { type Clock, CutoverError } from '../../kernel/index.ts';
import { removeStateFile, type Store, storeExists, type StorePlace } from '../../store/index.ts';
import { openForReading } from '../session.ts';
import { refuseAlive } from '../state/alive.ts';

type Looking = { readonly clock: Clock; readonly signal: AbortSignal };

/**
 * Refuses while a migration is on: a run that has not ended, or something exposed by one that did not complete. After a
 * completed run the candidate stays exposed for ever, and that is how it ends: then nobody may report any more.
 *
 * @throws CutoverError `RUN_ACTIVE`
 */
export async function refuseOn(
  place: StorePlace,
  migration: string,
  { clock, signal }: Looking,
): Promise<void> {
  if (!(await storeExists(place, clock))) return;
  const states = await statesIn(place, clock);
  for (const { stream, state } of states) {
    if (!stream.startsWith(`${migration}/`)) continue;
    const run = activeRun(state);
    if (run !== null)
      throw new CutoverError(
        'RUN_ACTIVE',
        `run ${run.id} is ${run.status} in ${stream}; nothing was removed`,
        {
          hint: 'carry it to its end, or take it back: cutover rollback',
        },
      );
    if (isExposed(state.routing) && state.run?.status !== 'completed')
      throw new CutoverError('RUN_ACTIVE', `a flag is raised in ${stream}; nothing was removed`, {
        hint: 'take it back first: cutover rollback',
      });
  }
  if (states.some(({ stream }) => stream.startsWith(`${migration}/`)))
    await refuseAlive(place, clock, signal);
}

/** The log of another migration is not this plan's to remove. @throws CutoverError `USAGE` */
export async function refuseOthers(file: string, migration: string, clock: Clock): Promise<void> {
  if (!existsSync(file)) return;
  const others = (await statesIn({ kind: 'sqlite', file, folder: dirname(file) }, clock))
    .map(({ stream }) => stream)
    .filter((stream) => !stream.startsWith(`${migration}/`));
  if (others.length === 0) return;
  throw new CutoverError('USAGE', `${file} also holds ${others.join(', ')}; nothing was removed`, {
    hint: 'leave --state out: the file belongs to other migrations, too',
    details: { streams: others },
  });
}

async function statesIn(
  place: StorePlace,
  clock: Clock,
): Promise<readonly { readonly stream: string; readonly state: State }[]> {
  const store: Store = await openForReading(place, clock);
  try {
    const streams = await migrationStreams(store);
    return await Promise.all(
      streams.map(async (stream) => ({ stream, state: await loadState(store, stream) })),
    );
  } finally {
    await store.close();
  }
}

/** What an instance keeps: the state that it took last, and what its guard counts. */
const INSTANCE_FILE = /\.last\.json(\.\d+\.serving|\.\d+-\d+\.strike)?$/;

/** Files of this plan beside a state file: what instances knew last, and the kill file. */
export function filesBeside(file: string, migration: string): readonly string[] {
  const folder = dirname(file);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => INSTANCE_FILE.test(name) || name === `${migration}.kill`)
    .map((name) => join(folder, name));
}

/** Removes the state file, what SQLite and instances keep beside it, and the folder if nothing else is in it. */
export function removeState(file: string, migration: string): void {
  removeStateFile(file);
  for (const beside of filesBeside(file, migration)) rmSync(beside, { force: true });
  const folder = dirname(file);
  if (folder.endsWith('.cutover') && existsSync(folder) && readdirSync(folder).length === 0)
    rmdirSync(folder);
}

/** Whether the folder holds something that stays when the state file is gone. */
export function holdsMore(file: string, migration: string): boolean {
  const folder = dirname(file);
  if (!existsSync(folder)) return false;
  const ours = new Set([
    ...['', '-wal', '-shm', '-journal'].map((end) => file + end),
    ...filesBeside(file, migration),
  ]);
  return readdirSync(folder).some((name) => !ours.has(join(folder, name)));
}
