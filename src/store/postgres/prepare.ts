import { CutoverError } from '../../kernel/index.ts';
import type { Connections } from './connections.ts';
import { sql } from './literal.ts';
import { SCRIPTS } from './schema.ts';

/** Whoever makes or upgrades the schema holds this lock; the number means nothing. */
const LOCK = 'select pg_advisory_xact_lock(7311902214)';

/** Version of the schema; 0 where there is none. @throws CutoverError `STORE_VERSION` for a schema of another program */
export async function formatOf(database: Connections): Promise<number> {
  const [found] = await database.read(`
    select to_regclass('cutover.format') is not null as has_format,
      exists (select from pg_class where relnamespace = to_regnamespace('cutover')::oid) as has_more`);
  if (found?.['has_format'] === true)
    return Number((await database.read('select version from cutover.format'))[0]?.['version'] ?? 0);
  if (found?.['has_more'] !== true) return 0;
  throw new CutoverError('STORE_VERSION', `${database.text}: its schema "cutover" is of another program`, {
    hint: 'name another database: cutover needs that schema for itself',
  });
}

/**
 * Makes the schema, or brings an older one up to this version, in one transaction that only one process at a time is in.
 *
 * @param scripts numbered from 1; another list only for tests
 * @returns whether anything was changed
 */
export async function prepareSchema(
  database: Connections,
  scripts: readonly string[] = SCRIPTS,
): Promise<boolean> {
  const before = await formatOf(database);
  if (before >= scripts.length) return false;
  // Which scripts are left is decided behind the lock: somebody else may have been faster.
  const steps = scripts.map((script, index) => [index + 1, script] as const).slice(before);
  const blocks = steps.map(([version, script]) => {
    const quoted = sql`${script}`;
    return `
      if known < ${version} then
        execute ${quoted};
        delete from cutover.format;
        insert into cutover.format (version) values (${version});
      end if;`;
  });
  await database.writeSlowly(
    LOCK,
    'create schema if not exists cutover',
    `do $cutover$
    declare known integer := 0;
    begin
      if to_regclass('cutover.format') is not null then
        select version into known from cutover.format;
      end if;${blocks.join('')}
    end
    $cutover$`,
  );
  return true;
}

/** @throws CutoverError `STORE_UNAVAILABLE` without a schema, `STORE_VERSION` with one that is too far from this version */
export function refuseFormat(format: number, place: string, newest: number = SCRIPTS.length): void {
  if (format === 0)
    throw new CutoverError('STORE_UNAVAILABLE', `${place}: there is no schema "cutover" yet`, {
      hint: 'the first run makes it where its role may; else its owner does: cutover state prepare',
    });
  if (Math.abs(format - newest) <= 1) return;
  throw new CutoverError(
    'STORE_VERSION',
    `${place}: format ${format}, this version understands ${Math.max(1, newest - 1)}..${newest + 1}`,
    { hint: format > newest ? 'update cutover here' : 'bring it up to date: cutover state prepare' },
  );
}
