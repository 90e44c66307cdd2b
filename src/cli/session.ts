import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findConfig, type LoadedConfig, loadConfig } from '../config/index.ts';
import { activeRun, loadState, streamOf } from '../engine/index.ts';
import { CutoverError, type Clock } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import {
  openStore,
  placeText,
  storeExists,
  storePlace,
  type Store,
  type StorePlace,
} from '../store/index.ts';
import type { Context } from './command.ts';
import { confirmProtected } from './confirm.ts';
import { dryStore, isDryRun } from './dry-run.ts';
import { emptyStore } from './empty-store.ts';
import { chooseEnvironment } from './environment.ts';
import { textOption } from './given.ts';

/** One migration in one environment, with its store open. */
export type Session = {
  readonly config: LoadedConfig;
  readonly plan: Plan;
  readonly environment: string;
  readonly stream: string;
  readonly store: Store;
  readonly place: StorePlace;
  readonly isFromLog?: true;
};

/** Where the plan and the state file of a command come from. */
export type Origin = {
  readonly config: LoadedConfig;
  readonly place: StorePlace;
  /** The configuration was not read; the plan is the one that the log has. */
  readonly isFromLog?: true;
};

/** The configuration, and the place of the state that it or somebody names. */
export async function originOf(context: Context): Promise<Origin> {
  const config = await configOf(context);
  return { config, place: storePlaceOf(context, config) };
}

/** The configuration that --config names, or the nearest one. */
export function configOf({ given, cwd, clock }: Context): Promise<LoadedConfig> {
  const named = textOption(given, 'config');
  return loadConfig(named === undefined ? findConfig(cwd) : resolve(cwd, named), clock);
}

/** Opens the store for reading only: nothing is created, nothing is written. */
export async function reading<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  from: (context: Context) => Promise<Origin> = originOf,
  mayLack = false,
): Promise<T> {
  const origin = await from(context);
  const store = await openNamed(context, origin, mayLack);
  return closing(store, async () => {
    const environment = await environmentOf(context, origin.config.plan, store);
    return work(sessionOf(origin, environment, store));
  });
}

/** As `reading`; where no environment is named and none can be told apart, all of them. */
export async function readingAll<T>(
  context: Context,
  work: (sessions: readonly Session[]) => Promise<T>,
  from: (context: Context) => Promise<Origin> = originOf,
): Promise<T> {
  const origin = await from(context);
  const { config } = origin;
  const store = await openNamed(context, origin, false);
  return closing(store, async () => {
    const named = textOption(context.given, 'environment');
    const active = named === undefined ? await activeEnvironments(config.plan, store) : [];
    const all = config.plan.environments.map(({ name }) => name);
    const chosen =
      named === undefined && all.length > 1 && active.length !== 1
        ? all
        : [chooseEnvironment(config.plan, named, active)];
    return work(chosen.map((environment) => sessionOf(origin, environment, store)));
  });
}

/** Opens the store for a change, once a protected environment was confirmed; in a dry run, for reading only. */
export async function writing<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  from: (context: Context) => Promise<Origin> = originOf,
  mayCreate = false,
): Promise<T> {
  if (isDryRun(context.given)) {
    context.io.progress('dry run: nothing is written');
    const dry = (session: Session): Promise<T> =>
      work({ ...session, store: dryStore(session.store, context.clock) });
    return reading(context, dry, from, mayCreate);
  }
  const origin = await from(context);
  const { config, place } = origin;
  const before = await openForReading(place, context.clock);
  const environment = await closing(before, () => environmentOf(context, config.plan, before));
  await confirmProtected(context, config.plan, environment);
  if (!mayCreate && !(await storeExists(place, context.clock))) throw noState(place);
  const store = await openStore(place, { clock: context.clock, prepare: mayCreate });
  return closing(store, () => work(sessionOf(origin, environment, store)));
}

/** As `writing`, for commands with which a migration begins: the state file or the schema is made if it is not there. */
export function creating<T>(context: Context, work: (session: Session) => Promise<T>): Promise<T> {
  return writing(context, work, originOf, true);
}

/** Opens the store for a change that is of no environment. The state file or the schema is made if it is not there. */
export async function writingStore<T>(context: Context, work: (store: Store) => Promise<T>): Promise<T> {
  const { place } = await originOf(context);
  const store = await openStore(place, { clock: context.clock, prepare: true });
  return closing(store, () => work(store));
}

/** Opens the store for reading, of no environment. */
export async function readingStore<T>(context: Context, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openNamed(context, await originOf(context), false);
  return closing(store, () => work(store));
}

/** An emergency is no moment to begin with an empty log: where a state should be and is not, that is the news. */
export function noState(place: StorePlace): CutoverError {
  const what =
    place.kind === 'sqlite'
      ? `there is no state file ${place.file}`
      : `${placeText(place)} has no state of cutover`;
  return new CutoverError('STORE_UNAVAILABLE', what, {
    hint: 'if there was one, restore it; instances take their fail side by themselves. Else name it: --store or CUTOVER_STORE',
  });
}

/** In which a new state file gets its tables, milliseconds. */
const JUST_MADE_MS = 2_000;
const MOST_TRIES = 40;

/** A store that reads; one without content where the file is not there yet. */
export async function openForReading(place: StorePlace, clock: Clock): Promise<Store> {
  if (!(await storeExists(place, clock))) return emptyStore(placeText(place));
  for (let tries = 0; ; tries += 1) {
    try {
      return await openStore(place, { clock, readOnly: true });
    } catch (error) {
      // Another command may be making it this moment: a file of a second ago is not one that was cut off.
      const isCorrupt = error instanceof CutoverError && error.code === 'STORE_CORRUPT';
      if (!isCorrupt || tries >= MOST_TRIES || !isJustMade(place, clock)) throw error;
      await clock.sleep(JUST_MADE_MS / MOST_TRIES);
    }
  }
}

function isJustMade(place: StorePlace, clock: Clock): boolean {
  if (place.kind !== 'sqlite') return false;
  const made = statSync(place.file, { throwIfNoEntry: false })?.birthtimeMs;
  return made !== undefined && clock.now() - made < JUST_MADE_MS;
}

/** What somebody names has to be there; nothing was started is an answer only for the plan's own place. */
async function openNamed(
  { given, env, io, clock }: Context,
  { place }: Origin,
  mayLack: boolean,
): Promise<Store> {
  if (!mayLack && !(await storeExists(place, clock))) {
    if (textOption(given, 'store') !== undefined) throw noState(place);
    if (env['CUTOVER_STORE']) {
      const what =
        place.kind === 'sqlite'
          ? `state file ${place.file}, which CUTOVER_STORE names`
          : `state in ${placeText(place)}`;
      io.progress(`! there is no ${what}; the first run makes it`);
    }
  }
  return openForReading(place, clock);
}

function sessionOf(origin: Origin, environment: string, store: Store): Session {
  const { plan } = origin.config;
  return { ...origin, plan, environment, stream: streamOf(plan.id, environment), store };
}

/** What --store names, or CUTOVER_STORE as applications read it, or the plan's place. */
export function storePlaceOf(
  { given, cwd, env }: Context,
  config: Pick<LoadedConfig, 'file' | 'store'>,
): StorePlace {
  const named = textOption(given, 'store');
  return storePlace({ named, env, cwd, input: config.store, configFolder: dirname(config.file) });
}

async function environmentOf({ given }: Context, plan: Plan, store: Store): Promise<string> {
  const named = textOption(given, 'environment');
  return chooseEnvironment(plan, named, named === undefined ? await activeEnvironments(plan, store) : []);
}

/** Environments with a run that is on. */
async function activeEnvironments(plan: Plan, store: Store): Promise<readonly string[]> {
  const names = plan.environments.map(({ name }) => name);
  const states = await Promise.all(names.map((name) => loadState(store, streamOf(plan.id, name))));
  return names.filter((_, index) => {
    const state = states[index];
    return state !== undefined && activeRun(state) !== null;
  });
}

async function closing<T>(store: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await store.close();
  }
}
