import { dirname, join, resolve } from 'node:path';
import { findConfig } from '../config/index.ts';
import { activeRun, barePlan, loadState, migrationStreams, type State } from '../engine/index.ts';
import { CutoverError } from '../kernel/index.ts';
import { DEFAULT_STORE_FILE, type Plan } from '../plan/index.ts';
import {
  placeText,
  type Store,
  storeExists,
  type StoreInput,
  type StorePlace,
  storePlace,
} from '../store/index.ts';
import type { Context, Option } from './command.ts';
import { textOption } from './given.ts';
import { type Origin, openForReading, originOf } from './session.ts';

/** A log does not say how long telemetry is kept: as long as any plan may have it. Milliseconds. */
const LONGEST_KEPT_MS = 30 * 24 * 3_600_000;

/** For commands that have to work when the configuration does not. */
export const MIGRATION: Option = {
  flags: '--migration <id>',
  summary: 'go by the log of this migration, without the configuration',
};

/**
 * The configuration, or, where it cannot be read or `--migration` is given, the plan that the log has: that of the run
 * that is on, else of the last one. A person is told.
 *
 * @throws CutoverError the configuration's own error where the log is of no help either
 */
export async function originOrLog(context: Context): Promise<Origin> {
  const migration = textOption(context.given, 'migration');
  if (migration !== undefined) return originInLog(context, migration, null);
  try {
    return await originOf(context);
  } catch (error) {
    if (!isOfConfig(error)) throw error;
    return originInLog(context, null, error);
  }
}

/** Where the state is: as the configuration says, else where it most likely is. A person is told. */
export async function placeOrLikely(context: Context): Promise<StorePlace> {
  try {
    return (await originOf(context)).place;
  } catch (error) {
    if (!isOfConfig(error)) throw error;
    const place = likelyPlace(context);
    if (!(await storeExists(place, context.clock))) throw noLog(place, error);
    const said = `! the configuration was not read${because(error)}; taking ${placeText(place)}`;
    context.io.progress(context.io.paintProgress('warning', said));
    return place;
  }
}

function isOfConfig(error: unknown): error is CutoverError {
  return error instanceof CutoverError && error.code.startsWith('CONFIG_');
}

function because({ code, message }: CutoverError): string {
  return ` (${code}: ${message.split('\n')[0]})`;
}

async function originInLog(
  context: Context,
  migration: string | null,
  cause: CutoverError | null,
): Promise<Origin> {
  const place = likelyPlace(context);
  if (!(await storeExists(place, context.clock))) throw noLog(place, cause);
  const store = await openForReading(place, context.clock);
  try {
    const states = await statesOf(store, migration, cause);
    const { plan, hash, from } = planIn(states, textOption(context.given, 'environment'));
    const why = cause === null ? '' : because(cause);
    const said = `! the configuration was not read${why}; going by ${from} in ${placeText(place)}`;
    context.io.progress(context.io.paintProgress('warning', said));
    const file = join(place.folder, 'cutover.config.ts');
    const input: StoreInput =
      place.kind === 'sqlite' ? { sqlite: place.file } : { postgres: place.address.variable };
    const config = { plan, hash, file, store: input, keepMs: LONGEST_KEPT_MS };
    return { config, place, isFromLog: true };
  } finally {
    await store.close();
  }
}

/** What is named, else the default place beside the configuration or in the nearest folder that has it. */
function likelyPlace({ given, cwd, env }: Context): StorePlace {
  const config = textOption(given, 'config');
  return storePlace({
    named: textOption(given, 'store'),
    env,
    cwd,
    input: { sqlite: DEFAULT_STORE_FILE },
    configFolder: config === undefined ? nearestFolder(cwd) : dirname(resolve(cwd, config)),
  });
}

function nearestFolder(cwd: string): string {
  try {
    return dirname(findConfig(cwd));
  } catch {
    return cwd;
  }
}

/** Every environment of the one migration that is meant. @throws CutoverError `USAGE` where there are several */
async function statesOf(
  store: Store,
  migration: string | null,
  cause: CutoverError | null,
): Promise<readonly State[]> {
  const all: State[] = [];
  for (const stream of await migrationStreams(store)) all.push(await loadState(store, stream));
  const ids = [...new Set(all.map(migrationOf))];
  const active = [...new Set(all.filter((state) => activeRun(state) !== null).map(migrationOf))];
  const [only, ...others] = ids.length === 1 ? ids : active;
  const meant = migration ?? (others.length === 0 ? only : undefined);
  if (meant !== undefined && ids.includes(meant)) return all.filter((state) => migrationOf(state) === meant);
  if (ids.length === 0 && cause !== null) throw cause;
  const why = migration === null ? 'the configuration cannot be read' : `there is no "${migration}"`;
  throw new CutoverError(
    'USAGE',
    `which migration? ${why}, and the state file has ${ids.join(', ') || 'none'}`,
    {
      hint: `add --migration ${ids.join('|') || '<id>'}`,
      details: { migrations: ids },
      ...(cause === null ? {} : { cause }),
    },
  );
}

function migrationOf({ stream }: State): string {
  return stream.slice(0, stream.lastIndexOf('/'));
}

type Found = { readonly plan: Plan; readonly hash: string; readonly from: string };

/** The plan of the environment that is named, of the run that is on, of the newest run; else what was registered. */
function planIn(states: readonly State[], environment: string | undefined): Found {
  const isNamed = (state: State): boolean =>
    environment !== undefined && state.stream.endsWith(`/${environment}`);
  const rank = (state: State): number => (isNamed(state) ? 2 : 0) + (activeRun(state) === null ? 0 : 1);
  const [best] = states
    .filter(({ run }) => run !== null)
    .toSorted((a, b) => rank(b) - rank(a) || (b.run?.startedAt ?? 0) - (a.run?.startedAt ?? 0));
  if (best?.run != null) {
    const { run } = best;
    return { plan: run.plan, hash: run.planHash, from: `the plan of run ${run.id}` };
  }
  const [registration] = states.flatMap((state) => state.registration ?? []);
  if (registration === undefined)
    throw new CutoverError('RUN_NOT_ACTIVE', 'the log has neither a run nor a registered plan', {
      hint: 'correct the configuration; an instance goes back by itself with a file <plan id>.kill beside the state file',
    });
  const names = states.map(({ registration: one }) => one?.environment ?? '').filter((name) => name !== '');
  return { plan: barePlan(registration, names), hash: '', from: 'what was registered' };
}

function noLog(place: StorePlace, cause: CutoverError | null): CutoverError {
  const hint = `name the state file whose log has the plan: --store <file>, or --store postgres:<variable> (there is none in ${placeText(place)}). An instance goes back by itself with a file <plan id>.kill beside its own`;
  return cause === null
    ? new CutoverError(
        'STORE_UNAVAILABLE',
        `there is no state ${place.kind === 'sqlite' ? 'file' : 'in'} ${placeText(place)}`,
        { hint },
      )
    : new CutoverError(cause.code, cause.message, {
        hint: `${cause.hint ?? 'correct it'}; or ${hint}`,
        ...(cause.details === undefined ? {} : { details: cause.details }),
        cause,
      });
}
