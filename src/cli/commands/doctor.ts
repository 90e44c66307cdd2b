import type { LoadedConfig } from '../../config/index.ts';
import { CutoverError, describeError } from '../../kernel/index.ts';
import type { StorePlace } from '../../store/index.ts';
import type { Command, Context } from '../command.ts';
import { databasesOf } from '../databases.ts';
import { bad, type Check, checkText, ok } from '../doctor/check.ts';
import { checkDatabases } from '../doctor/databases.ts';
import { checkMeasures } from '../doctor/measures.ts';
import { checkNode } from '../doctor/node-version.ts';
import { checkOverrides } from '../doctor/overrides.ts';
import { checkPool, type Pool } from '../doctor/pool.ts';
import { checkPostgres } from '../doctor/postgres.ts';
import { checkState } from '../doctor/state.ts';
import { checkStateFolder } from '../doctor/state-folder.ts';
import { checkStatePlace } from '../doctor/state-place.ts';
import { measuresOf } from '../effects.ts';
import { chooseEnvironment } from '../environment.ts';
import { EXIT } from '../exit.ts';
import { countOption, type Given, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { configOf, storePlaceOf } from '../session.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check whether a run could start here, and whether the state file is sound. Writes nothing.',
  options: [
    {
      flags: '--pool <size>',
      summary: 'connections that one instance may hold, both implementations together',
    },
    { flags: '--instances <count>', summary: 'with --pool: how many instances' },
    { flags: '--server-limit <count>', summary: 'with --pool: connections that the database server allows' },
  ],
  examples: ['cutover doctor', 'cutover doctor --pool 10 --instances 8 --server-limit 100'],
  mutates: false,
  async run(context) {
    const { io, given } = context;
    const pool = poolOf(given);
    const checks = [
      checkNode(process.versions.node),
      ...(await checkProject(context)),
      ...(pool === null ? [] : [checkPool(pool)]),
    ];
    answer(io, { schema: 'cutover.doctor/1', checks }, () =>
      checks.map((check) => checkText(check, io.paint)).join('\n'),
    );
    return checks.some(({ state }) => state === 'bad') ? EXIT.findings : EXIT.ok;
  },
};

const CONFIGURATION = 'configuration';

/** Without a configuration nothing else of the project can be looked at. */
async function checkProject(context: Context): Promise<readonly Check[]> {
  const { given, env, clock, signal } = context;
  let config: LoadedConfig;
  try {
    config = await configOf(context);
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    const begin = error.code === 'CONFIG_NOT_FOUND' ? '; or write one: cutover init' : '';
    return [
      bad(CONFIGURATION, `${error.code}: ${describeError(error)}`, `${error.hint ?? 'correct it'}${begin}`),
    ];
  }
  const { plan, hash, file } = config;
  const named = textOption(given, 'environment');
  const environments =
    named === undefined ? plan.environments.map(({ name }) => name) : [chooseEnvironment(plan, named, [])];
  const before = [
    ok(CONFIGURATION, `${file}: ${plan.id}, plan ${hash.slice(0, 12)}`),
    ...checkOverrides(plan, env),
    ...(await checkDatabases(plan, databasesOf(config, context), signal)),
    ...(await checkMeasures(plan, measuresOf(config, env), signal)),
  ];
  const place = placeIn(context, config);
  if (!('kind' in place)) return [...before, place];
  return [
    ...before,
    checkStateFolder(place),
    checkStatePlace(place, config.store, context.cwd, env),
    ...(place.kind === 'postgres' ? await checkPostgres(place.address, clock) : []),
    ...(await checkState(place, { plan, environments, clock, signal })),
  ];
}

/** Without the address of the state there is nothing more to look at. */
function placeIn(context: Context, config: LoadedConfig): StorePlace | Check {
  try {
    return storePlaceOf(context, config);
  } catch (error) {
    if (!(error instanceof CutoverError) || error.code !== 'ENVIRONMENT_VARIABLE_INVALID') throw error;
    return bad('state', `${error.code}: ${error.message}`, error.hint ?? 'set it');
  }
}

/** @throws CutoverError `USAGE` when only a part of the sum was given */
function poolOf(given: Given): Pool | null {
  const size = countOption(given, 'pool');
  const instances = countOption(given, 'instances');
  const serverLimit = countOption(given, 'serverLimit');
  if (size !== undefined && instances !== undefined && serverLimit !== undefined)
    return { size, instances, serverLimit };
  if (size === undefined && instances === undefined && serverLimit === undefined) return null;
  throw new CutoverError('USAGE', '--pool, --instances and --server-limit are needed together', {
    hint: 'write --pool 10 --instances 8 --server-limit 100',
  });
}
