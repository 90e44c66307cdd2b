import { startPgbouncer, whyNoPgbouncer } from '../tools/postgres/pgbouncer.ts';
import { startPostgres, whyNoPostgres } from '../tools/postgres/server.ts';
import type { Missing } from './figure.ts';
import { ADDRESS, Fleet, FOLDER } from './fleet.ts';
import { idleShare } from './idle-share.ts';

const CHANGES = 200;
const CHANGES_BY_LOOKING = 50;
/** Connections of the pooler to the server, shared by 16 processes. */
const SERVERS = 8;
const PLACE = `postgres:${ADDRESS}`;

export type OnPostgres = {
  /** Milliseconds to the last acknowledgement, where the server tells of changes. */
  readonly told: readonly number[];
  /** The same behind a pooler, where everybody looks for them; empty without one. */
  readonly looking: readonly number[];
  /** Percent of a core that one idle process takes. */
  readonly idle: number;
  readonly missing: readonly Missing[];
};

/**
 * 16 processes whose state is in a PostgreSQL on this machine that waits for its disk.
 *
 * @param folder for what instances keep beside the state
 */
export async function measurePostgres(folder: string): Promise<OnPostgres | Missing> {
  const reason = whyNoPostgres();
  if (reason !== null) return { name: 'PostgreSQL', why: reason };
  const server = await startPostgres({ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' });
  process.env[FOLDER] = folder;
  try {
    process.env[ADDRESS] = await server.createDatabase('told');
    const told = await Fleet.during(PLACE, (fleet) => fleet.measureChanges(CHANGES, fleet.names));
    const idle = await idleShare('actuation-application.ts', PLACE);
    const noPooler = whyNoPgbouncer();
    const looking =
      noPooler === null ? await measureLooking(server.url(), await server.createDatabase('looking')) : [];
    const missing = noPooler === null ? [] : [{ name: 'PgBouncer', why: noPooler }];
    return { told, looking, idle, missing };
  } finally {
    await server.stop();
  }
}

async function measureLooking(admin: string, url: string): Promise<readonly number[]> {
  const pooler = await startPgbouncer(admin, SERVERS);
  try {
    process.env[ADDRESS] = pooler.through(url);
    return await Fleet.during(PLACE, (fleet) => fleet.measureChanges(CHANGES_BY_LOOKING, fleet.names));
  } finally {
    await pooler.stop();
  }
}
