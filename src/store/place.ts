import { dirname, resolve } from 'node:path';
import { CutoverError } from '../kernel/index.ts';
import { addressText, isPostgresUrl, postgresAddress, type PostgresAddress } from './postgres/address.ts';

/** Where the log and the state of migrations are. */
export type StorePlace =
  | { readonly kind: 'sqlite'; readonly file: string; readonly folder: string }
  | {
      readonly kind: 'postgres';
      readonly address: PostgresAddress;
      /** For what is kept beside the state: last known states of instances, kill files. */
      readonly folder: string;
    };

/** As a configuration has it: one of the two. `direct` is a variable with an address past a pooler. */
export type StoreInput =
  | { readonly sqlite: string }
  | { readonly postgres: string; readonly direct?: string | undefined };

type Env = Readonly<Record<string, string | undefined>>;

export type PlaceSources = {
  /** What an option or an argument names, from the working folder; goes before everything else. */
  readonly named?: string | undefined;
  readonly env: Env;
  readonly cwd: string;
  /** Of the configuration; relative paths in it are meant from its folder. */
  readonly input: StoreInput;
  readonly configFolder: string;
};

/** `postgres:VARIABLE`, where a path could stand. */
const BY_VARIABLE = /^postgres:([A-Za-z_][A-Za-z0-9_]*)$/;

/**
 * The place that is named, else the one that `CUTOVER_STORE` has, else the configuration's.
 *
 * @throws CutoverError `USAGE` for an address in an argument, `ENVIRONMENT_VARIABLE_INVALID`
 */
export function storePlace({ named, env, cwd, input, configFolder }: PlaceSources): StorePlace {
  const folder = resolve(configFolder, '.cutover');
  const given = named ?? (env['CUTOVER_STORE'] || undefined);
  if (given === undefined)
    return 'sqlite' in input
      ? fileAt(resolve(configFolder, input.sqlite))
      : { kind: 'postgres', address: postgresAddress(env, input.postgres, input.direct ?? null), folder };
  const variable = BY_VARIABLE.exec(given)?.[1];
  if (variable !== undefined)
    return { kind: 'postgres', address: postgresAddress(env, variable, null), folder };
  if (!isPostgresUrl(given)) return fileAt(resolve(cwd, given));
  if (named !== undefined)
    throw new CutoverError(
      'USAGE',
      'an address with its password has no place among arguments: others see them',
      {
        hint: 'put it into an environment variable and write postgres:<its name>',
      },
    );
  return { kind: 'postgres', address: postgresAddress(env, 'CUTOVER_STORE', null), folder };
}

function fileAt(file: string): StorePlace {
  return { kind: 'sqlite', file, folder: dirname(file) };
}

/** For people and documents: a path, or host, port and database; never a password. */
export function placeText(place: StorePlace): string {
  return place.kind === 'sqlite' ? place.file : addressText(place.address);
}
