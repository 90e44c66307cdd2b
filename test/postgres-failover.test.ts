import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { verifyChain, type Store } from '../src/store/index.ts';
import { openPostgresStore } from '../src/store/postgres/store.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { FaultyRun } from './fixtures/faulty-run.ts';
import { seen, serves } from './fixtures/forked-app.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const MANY_PROCESSES_MS = 300_000;
const PATIENCE = { timeout: 60_000 };
const STREAM = 'swap/production';
const DRAFT = { kind: 'test', v: 1, body: {} };

const portOf = (server: Postgres): number => Number(new URL(server.url()).port);

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const opened = (url: string): Promise<Store> =>
  openPostgresStore({
    address: { variable: 'STATE_URL', url, direct: null },
    clock: systemClock,
    prepare: true,
  });

describe.skipIf(missing !== null)(
  `a PostgreSQL that another one takes over from${missing === null ? '' : `: ${missing}`}`,
  () => {
    let primary: Postgres;
    let standby: Postgres;
    /** What everybody's address leads to. */
    let address: TcpProxy;
    const started: Postgres[] = [];

    beforeAll(async () => {
      primary = await startPostgres({ synchronous_commit: 'on' });
      started.push(primary);
      address = await TcpProxy.to(portOf(primary));
      await follow();
    });
    afterAll(async () => {
      address?.close();
      for (const server of started) await server.stop();
    });

    async function follow(): Promise<void> {
      standby = await primary.standby();
      started.push(standby);
    }

    async function through(database: string): Promise<string> {
      const url = new URL(await primary.createDatabase(database));
      url.port = String(address.port);
      return url.toString();
    }

    /** Waits until the standby has all that the primary has. */
    async function caughtUp(): Promise<void> {
      const [here] = await query(primary.url(), 'select pg_current_wal_lsn() as at');
      const hasAll = async () =>
        (
          await query(standby.url(), `select pg_last_wal_replay_lsn() >= '${String(here?.['at'])}' as has`)
        )[0];
      await expect.poll(hasAll, PATIENCE).toEqual({ has: true });
    }

    async function takeOver(): Promise<void> {
      await standby.promote();
      address.leadTo(portOf(standby));
      address.drop();
      primary = standby;
    }

    it('no connection stays with one that takes no writes, when the address leads elsewhere', async () => {
      const store = await opened(await through('kept'));
      await store.append('m/a', 0, [DRAFT]);
      await caughtUp();
      address.leadTo(portOf(standby));
      address.drop();
      const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('takes no writes') };
      const append = () => store.append('m/a', 1, [DRAFT]);
      // One that was dropped may be found out first.
      await expect.poll(() => append().catch((error: unknown) => error), PATIENCE).toMatchObject(refused);
      expect(await store.read('m/a')).toHaveLength(1);
      // As a name that is changed: what is connected stays so.
      address.leadTo(portOf(primary));
      // Those to the standby that only read until now are found out by the next write.
      const written = () =>
        append().then(
          ({ length }) => length,
          () => 0,
        );
      await expect.poll(written, PATIENCE).toBe(1);
      await store.close();
    });

    it(
      'with everything in it: no call fails, nothing is held or judged meanwhile, and all goes on',
      async () => {
        const url = await through('whole');
        const faulty = await FaultyRun.create('3h', undefined, url);
        const seqs = async (): Promise<readonly number[]> => {
          const store = await opened(primary.url('whole'));
          const log = await store.read(STREAM);
          await store.close();
          expect(verifyChain(log).ok).toBe(true);
          expect(log.some(({ kind }) => kind === 'rollback.started')).toBe(false);
          return log.map(({ seq }) => seq);
        };
        try {
          await (await opened(url)).close();
          const server = await faulty.serve();
          const shop = { url: server.url, token: await faulty.token('shop', 'instance') };
          const viewer = await faulty.token('vi', 'viewer');
          const get = (path: string) =>
            fetch(server.url + path, { headers: { authorization: `Bearer ${viewer}` } });
          const status = `/api/v1/migrations/swap/production/status`;
          const direct = await faulty.app('i1');
          const behind = await faulty.app('i2', shop);
          const run = await faulty.holding(direct);
          await serves(behind, 'candidate');
          await caughtUp();
          await query(primary.url(), "alter system set synchronous_standby_names = '*'");
          await query(primary.url(), 'select pg_reload_conf()');
          await primary.crash();
          address.drop();
          for (const app of [direct, behind]) await serves(app, 'control', 'stale');
          await expect.poll(() => run.said(), PATIENCE).toContain('trouble: STORE_UNAVAILABLE');
          expect((await get('/readyz')).status).toBe(503);
          const unknown = await get(status);
          expect(unknown.status).toBe(503);
          expect(await unknown.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
          for (const app of [direct, behind]) {
            await seen(app);
            await systemClock.sleep(500);
            expect(await seen(app)).toMatchObject({ candidate: 0, failed: 0 });
          }
          await takeOver();
          await query(primary.url(), "alter system set synchronous_standby_names = ''");
          await query(primary.url(), 'select pg_reload_conf()');
          await expect.poll(() => run.said(), PATIENCE).toContain('the state is back after');
          for (const app of [direct, behind]) await serves(app, 'candidate');
          await expect.poll(async () => (await get('/readyz')).status, PATIENCE).toBe(200);
          await faulty.completes(run);
          for (const app of [direct, behind]) expect((await seen(app)).failed).toBe(0);
          const told = await (await get(status)).json();
          expect(told).toMatchObject({ state: 'completed', log: { seq: (await seqs()).at(-1) } });
        } finally {
          await faulty.remove();
        }
      },
      MANY_PROCESSES_MS,
    );

    it(
      'without the last events: the run ends, instances stay on their fail side, and whose state is another past is named',
      async () => {
        await follow();
        const url = await through('behind');
        const faulty = await FaultyRun.create('5h', undefined, url);
        try {
          await (await opened(url)).close();
          const server = await faulty.serve();
          const shop = { url: server.url, token: await faulty.token('shop', 'instance') };
          const viewer = await faulty.token('vi', 'viewer');
          await caughtUp();
          await standby.crash();
          const direct = await faulty.app('i1');
          const behind = await faulty.app('i2', shop);
          const run = await faulty.holding(direct);
          await serves(behind, 'candidate');
          await primary.crash();
          await standby.start();
          await takeOver();
          const { code, stderr } = await run.ended;
          expect(stderr).toContain('LOG_BROKEN');
          expect(code).toBe(3);
          for (const app of [direct, behind]) {
            await serves(app, 'control', 'stale');
            await seen(app);
            await systemClock.sleep(500);
            expect(await seen(app)).toMatchObject({ candidate: 0, failed: 0 });
          }
          const status = async () => {
            const headers = { authorization: `Bearer ${viewer}` };
            const response = await fetch(`${server.url}/api/v1/migrations/swap/production/status`, {
              headers,
            });
            return JSON.parse(await response.text());
          };
          const notes = async () =>
            (await status()).instances?.map(({ notes: all }: { notes: string[] }) => all.join());
          const foreign = expect.stringContaining('of another log');
          await expect.poll(notes, PATIENCE).toEqual([foreign, foreign]);
          expect((await status()).run).toBe(null);
        } finally {
          await faulty.remove();
        }
      },
      MANY_PROCESSES_MS,
    );
  },
);
