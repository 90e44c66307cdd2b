import { type Clock, describeError } from '../../kernel/index.ts';
import type { DatabaseCheck, DatabaseServer } from '../../plan/index.ts';
import { readPostgres } from './postgres-read.ts';

/** A check that takes longer has found out nothing, milliseconds. */
const LONGEST_CHECK_MS = 600_000;
/** More findings are told by their number. */
const MOST_FINDINGS = 10;

/** An index that a crash left half built, or that was being built when it failed, is not used and not kept in step. */
const INDEXES = `
  select format('index %I.%I of %s is not valid', n.nspname, i.relname, x.indrelid::regclass)
  from pg_catalog.pg_index x
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  join pg_catalog.pg_namespace n on n.oid = i.relnamespace
  where not x.indisvalid and n.nspname not in ('pg_catalog', 'information_schema')
  order by 1`;

/**
 * One statement for each foreign key that counts the rows that refer to none. The server vouches for a key that is validated
 * and whose triggers are on; with `full` those are counted, too. Names are quoted by the server itself.
 */
const FOREIGN_KEYS = (isFull: boolean): string => `
  select format('%I on %s', c.conname, c.conrelid::regclass), format(
    'select count(*) from only %s a where %s and not exists (select 1 from %s b where %s)',
    c.conrelid::regclass,
    (select string_agg(format('a.%I is not null', f.attname), ' and ' order by k.place)
       from unnest(c.conkey) with ordinality k (number, place)
       join pg_catalog.pg_attribute f on f.attrelid = c.conrelid and f.attnum = k.number),
    c.confrelid::regclass,
    (select string_agg(format('b.%I = a.%I', t.attname, f.attname), ' and ' order by k.place)
       from unnest(c.conkey, c.confkey) with ordinality k (number, other, place)
       join pg_catalog.pg_attribute f on f.attrelid = c.conrelid and f.attnum = k.number
       join pg_catalog.pg_attribute t on t.attrelid = c.confrelid and t.attnum = k.other))
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class r on r.oid = c.conrelid
  where c.contype = 'f' and r.relkind = 'r' and (${String(isFull)} or not c.convalidated or exists (
    select 1 from pg_catalog.pg_trigger g where g.tgconstraint = c.oid and g.tgenabled in ('D', 'R')))
  order by 1`;

/**
 * What a PostgreSQL knows of itself, read-only: indexes that are not valid, and rows that refer to no row by keys that it does
 * not vouch for. A server that cannot be asked is a finding like any other.
 */
export async function checkPostgres(
  database: string,
  { postgres, check, foreignKeys }: DatabaseServer,
  context: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<readonly DatabaseCheck[]> {
  const { clock, signal, env } = context;
  const read = async (query: string, most: number): Promise<readonly (readonly unknown[])[]> =>
    (await readPostgres(database, postgres, env, { query, most, timeoutMs: LONGEST_CHECK_MS, signal })).rows;
  const done = async (
    name: DatabaseCheck['check'],
    find: () => Promise<readonly string[]>,
  ): Promise<DatabaseCheck> => {
    const began = clock.monotonic();
    const findings = await find().catch((error: unknown) => [describeError(error)]);
    return { database, check: name, findings, tookMs: Math.round(clock.monotonic() - began) };
  };
  const indexes = await done('index_check', async () =>
    (await read(INDEXES, MOST_FINDINGS)).map(([finding]) => String(finding)),
  );
  if (!foreignKeys || indexes.findings.length > 0) return [indexes];
  const keys = await done('foreign_key_check', async () => {
    const findings: string[] = [];
    for (const [name, count] of await read(FOREIGN_KEYS(check === 'full'), MOST_KEYS)) {
      const [[orphans] = []] = await read(String(count), 1);
      if (Number(orphans) !== 0) findings.push(`${String(orphans)} rows refer to none by ${String(name)}`);
    }
    return findings.slice(0, MOST_FINDINGS);
  });
  return [indexes, keys];
}

/** Far more than a schema has. */
const MOST_KEYS = 10_000;
