import { CutoverError } from '../../kernel/index.ts';

/** Where a PostgreSQL is. `url` may hold a password: it never goes into a message, a document or a log. */
export type PostgresAddress = {
  /** Environment variable that it came from. */
  readonly variable: string;
  readonly url: string;
  /** Past a pooler, for `LISTEN` alone; `null` where `url` is the only way. */
  readonly direct: string | null;
};

type Env = Readonly<Record<string, string | undefined>>;

const SCHEME = /^postgres(?:ql)?:\/\//;

export function isPostgresUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Reads the address from the environment.
 *
 * @param direct another variable, with an address past a pooler; without a value it counts as not given
 * @throws CutoverError `ENVIRONMENT_VARIABLE_INVALID`, which never shows the value
 */
export function postgresAddress(env: Env, variable: string, direct: string | null): PostgresAddress {
  const url = env[variable];
  if (url === undefined || url === '')
    throw new CutoverError(
      'ENVIRONMENT_VARIABLE_INVALID',
      `${variable} is not set, and the state is in the PostgreSQL that it names`,
      { hint: `set ${variable} to postgresql://<role>:<password>@<host>:<port>/<database>` },
    );
  const past = direct === null ? undefined : env[direct] || undefined;
  for (const [name, value] of [
    [variable, url],
    [direct, past],
  ] as const)
    if (name !== null && value !== undefined) refuseOther(name, value);
  return { variable, url, direct: past ?? null };
}

/** libpq takes a list and tries one after another; the driver here does not. */
export function namesSeveralHosts(url: string): boolean {
  const [, authority = '', , query = ''] = /^[a-z]+:\/\/([^/?#]*)([^?#]*)\??([^#]*)/.exec(url) ?? [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  return hosts.includes(',') || (new URLSearchParams(query).get('host') ?? '').includes(',');
}

function refuseOther(variable: string, value: string): void {
  if (namesSeveralHosts(value))
    throw new CutoverError(
      'ENVIRONMENT_VARIABLE_INVALID',
      `${variable} names several hosts, and one connection is to one of them (its value is not shown: it may hold a password)`,
      { hint: 'write one: a name, a virtual address or a proxy that leads to whoever is the primary' },
    );
  if (isPostgresUrl(value) && URL.canParse(value)) return;
  throw new CutoverError(
    'ENVIRONMENT_VARIABLE_INVALID',
    `${variable} is no address of a PostgreSQL (its value is not shown: it may hold a password)`,
    { hint: 'write postgresql://<role>:<password>@<host>:<port>/<database>, special characters as %40' },
  );
}

/** Host, port and database, and where they came from; no role and no password. */
export function addressText({ variable, url }: PostgresAddress): string {
  const { host, pathname } = new URL(url);
  return `PostgreSQL ${host}${pathname} (${variable})`;
}
