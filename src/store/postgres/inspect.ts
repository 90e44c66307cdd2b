import type { Clock } from '../../kernel/index.ts';
import type { PostgresAddress } from './address.ts';
import { Connections } from './connections.ts';
import { formatOf } from './prepare.ts';
import { RIGHTS, type Worker, WORKERS } from './rights.ts';
import { SCRIPTS } from './schema.ts';
import { differences, type Shape } from './shape.ts';
import { canListen } from './watch.ts';

/** The schema of a PostgreSQL as it is, for people. */
export type Inspection = {
  readonly server: string;
  readonly role: string;
  /** 0 where there is no schema; then nothing else is known. */
  readonly format: number;
  /** From what this version makes, a sentence each; `null` where the schema is of another format and may well differ. */
  readonly differences: readonly string[] | null;
  /** Rights that the role lacks for the work of each: `insert on events`. Empty where it can do it. */
  readonly lacks: Readonly<Record<Worker, readonly string[]>>;
  /** Whether changes are told; else they are looked for. */
  readonly isTold: boolean;
  readonly sizes: readonly TableSize[];
  /** Of the oldest batch that is kept, by the database's clock, milliseconds; `null` without any. */
  readonly telemetryAgeMs: number | null;
};

export type TableSize = { readonly table: string; readonly bytes: number; readonly rows: number };

/** Reads only. @throws CutoverError with a code that starts with `STORE_`, or `DRIVER_MISSING` */
export async function inspectPostgres(address: PostgresAddress, clock: Clock): Promise<Inspection> {
  const database = new Connections({ address, clock, readOnly: true });
  try {
    const format = await formatOf(database);
    const [about] = await database.read(
      `select current_setting('server_version') as server, current_user as role`,
    );
    return {
      server: String(about?.['server']),
      role: String(about?.['role']),
      format,
      differences: format === SCRIPTS.length ? differences(await shapeOf(database)) : null,
      lacks: await lacksOf(database, format),
      isTold: await canListen(database),
      sizes: format === 0 ? [] : await sizesOf(database),
      telemetryAgeMs: format === 0 ? null : await telemetryAge(database),
    };
  } finally {
    await database.close();
  }
}

const OURS = `c.relnamespace = to_regnamespace('cutover')::oid`;

/** Of the schema as it is now. */
export async function shapeOf(database: Connections): Promise<Shape> {
  const columns = await database.read(`
    select c.relname || '.' || a.attname as name,
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where ${OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped`);
  const indexes = await database.read(`
    select i.relname as name, case when x.indisunique then 'unique ' else '' end || 'on ' || c.relname || ' ('
      || (select string_agg(pg_get_indexdef(i.oid, n, false), ', ' order by n) from generate_series(1, x.indnkeyatts) n)
      || ')' || case when x.indisvalid then '' else ' invalid' end as definition
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid where ${OURS}`);
  return { columns: named(columns), indexes: named(indexes) };
}

function named(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map((row) => [String(row['name']), String(row['definition'])]));
}

async function lacksOf(database: Connections, format: number): Promise<Inspection['lacks']> {
  if (format === 0) return { controller: [], instances: [], viewer: [] };
  const lacks = async (worker: Worker): Promise<readonly string[]> => {
    const wanted = Object.entries(RIGHTS[worker]).flatMap(([table, rights]) =>
      rights.map((right) => `('${table}', '${right}')`),
    );
    const rows = await database.read(`
      select 'usage on the schema' as lack where not has_schema_privilege('cutover', 'usage')
      union all
      select wanted.right || ' on ' || wanted.name from (values ${wanted.join(', ')}) as wanted (name, "right")
      join pg_class c on ${OURS} and c.relname = wanted.name
      where not has_table_privilege(c.oid, wanted.right)`);
    return rows.map((row) => String(row['lack']));
  };
  const [controller = [], instances = [], viewer = []] = await Promise.all(WORKERS.map(lacks));
  return { controller, instances, viewer };
}

/** `reltuples` is what the last vacuum counted: near enough, and free. */
async function sizesOf(database: Connections): Promise<readonly TableSize[]> {
  const rows = await database.read(`
    select c.relname as name, pg_total_relation_size(c.oid) as bytes, greatest(c.reltuples, 0)::bigint as rows
    from pg_class c where ${OURS} and c.relkind = 'r' order by bytes desc`);
  return rows.map((row) => ({
    table: String(row['name']),
    bytes: Number(row['bytes']),
    rows: Number(row['rows']),
  }));
}

async function telemetryAge(database: Connections): Promise<number | null> {
  const [row] = await database.read(
    `select (extract(epoch from clock_timestamp()) * 1000)::bigint - min(at) as age from cutover.telemetry`,
  );
  return row?.['age'] == null ? null : Number(row['age']);
}
