import { CutoverError } from '../../kernel/index.ts';
import { namesSeveralHosts } from '../../store/index.ts';

/** Where a PostgreSQL is: the address for the driver, what may be shown of it, and what may not. */
export type PostgresPlace = {
  readonly url: string;
  /** `db.internal:5432/shop`. */
  readonly shown: string;
  readonly secrets: readonly string[];
};

/**
 * The address that a variable of the environment holds.
 *
 * @throws CutoverError `DATABASE_UNREACHABLE` naming the variable, never its value
 */
export function postgresPlace(
  name: string,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): PostgresPlace {
  const url = env[variable] ?? '';
  const wrong = (why: string): CutoverError =>
    new CutoverError('DATABASE_UNREACHABLE', `database "${name}": the variable ${variable} ${why}`, {
      hint: `set ${variable} where the controller runs, to postgres://user:password@host:5432/database`,
    });
  if (url === '') throw wrong('is not set');
  if (namesSeveralHosts(url)) throw wrong('names several hosts, and one connection is to one of them');
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol))
    throw wrong('holds no address of a PostgreSQL');
  const { password, searchParams } = parsed;
  const hidden = [password, decoded(password), searchParams.get('password') ?? ''];
  return {
    url,
    shown: `${parsed.host || 'local'}${parsed.pathname}`,
    secrets: [url, ...hidden.filter((one) => one !== '')],
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
