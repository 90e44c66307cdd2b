import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, storePlace, type Store } from '../src/store/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import type { Running } from './fixtures/cli-project.ts';
import { FaultyRun, type Behind } from './fixtures/faulty-run.ts';
import { ask, seen, serves } from './fixtures/forked-app.ts';
import { eventsOf } from './fixtures/served.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const MANY_PROCESSES_MS = 300_000;
const PATIENCE = { timeout: 60_000 };
const STREAM = 'swap/production';
const HERE = '/migrations/swap/production';
/** The sequence in the id of an event. */
const placeOf = (id: string | null): number => Number(id?.split('-')[0] ?? 'NaN');

type Server = { readonly url: string; readonly run: Running };

describe.skipIf(missing !== null)(
  `several servers over one PostgreSQL${missing === null ? '' : `: ${missing}`}`,
  { timeout: MANY_PROCESSES_MS },
  () => {
    let postgres: Postgres;
    let databases = 0;
    let faulty: FaultyRun;
    let store: Store;
    let balancer: TcpProxy;
    let shop: Behind;
    let ana: string;

    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.stop());

    beforeEach(async () => {
      const url = await postgres.createDatabase(`fleet_${(databases += 1)}`);
      // Nobody is stale for want of a second in here: what an instance serves is what it was told.
      faulty = await FaultyRun.create('1h', undefined, url, '2m');
      const env = { CUTOVER_STORE: url };
      const place = storePlace({ env, cwd: '/', input: { sqlite: 'x' }, configFolder: '/' });
      store = await openStore(place, { clock: systemClock, prepare: true });
      ana = await faulty.token('ana', 'operator');
      balancer = await TcpProxy.to();
      shop = { url: balancer.url, token: await faulty.token('shop', 'instance') };
    });
    afterEach(async () => {
      await faulty.remove();
      balancer.close();
      await store.close();
    });

    async function serving(count: number): Promise<readonly Server[]> {
      const servers = await Promise.all(Array.from({ length: count }, () => faulty.serve()));
      balancer.leadTo(...servers.map(({ url }) => Number(new URL(url).port)));
      return servers;
    }

    function call(server: Server | undefined, path: string, body?: object, more = {}): Promise<Response> {
      const headers = { authorization: `Bearer ${ana}`, 'content-type': 'application/json', ...more };
      const post =
        body === undefined ? {} : { method: 'POST', body: JSON.stringify({ reason: 'x', ...body }) };
      return fetch(`${server?.url}/api/v1${path}`, { headers, ...post });
    }
    const json = async (server: Server | undefined, path: string, body?: object) =>
      JSON.parse(await (await call(server, path, body)).text());
    const setFlag = (server: Server | undefined, value: boolean | number) =>
      json(server, `${HERE}/flag`, { flag: 'USE_SWAP', value });

    it('one sees at once what was asked of another, and a stream goes on through a third', async () => {
      const [a, b, c] = await serving(3);
      const apps = [await faulty.app('i1', shop), await faulty.app('i2', shop)];
      const stream = await call(a, '/stream?migration=swap&environment=production');
      const answered = await setFlag(b, true);
      expect(answered.flag).toMatchObject({ exposure: 10_000 });
      for (const app of apps) await serves(app, 'candidate');
      const acknowledged = async () =>
        (await json(c, `${HERE}/instances`)).instances.map(
          (one: { acknowledged: number }) => one.acknowledged,
        );
      const { epoch } = answered.status.routing;
      await expect.poll(acknowledged, PATIENCE).toEqual([epoch, epoch]);
      const { seq } = answered.events.at(-1);
      const heard = await eventsOf(stream, (events) => events.some(({ id }) => placeOf(id) === seq));
      const resumeAt = heard.findLast(({ id }) => id !== null)?.id ?? '';
      const last = placeOf(resumeAt);
      // Nobody listens while this happens.
      await setFlag(a, 50);
      await setFlag(c, true);
      const resumed = await call(c, '/stream?migration=swap&environment=production', undefined, {
        'last-event-id': resumeAt,
      });
      const { head } = await json(b, `${HERE}/log?limit=1`);
      const rest = await eventsOf(resumed, (events) => events.some(({ id }) => placeOf(id) === head.seq));
      const told = rest.flatMap(({ event, id }) => (event === 'log' ? [placeOf(id)] : []));
      expect(rest.some(({ event }) => event === 'reset')).toBe(false);
      expect(told).toEqual(Array.from({ length: head.seq - last }, (_, index) => last + 1 + index));
      // A token that one of them revokes is worth nothing at any.
      const id = ana.split('_')[1] ?? '';
      const revoked = await faulty.cli('token', 'revoke', id, '--reason', 'x');
      expect(revoked.code, revoked.stderr).toBe(0);
      for (const server of [a, b, c])
        await expect.poll(async () => (await call(server, '/me')).status, PATIENCE).toBe(401);
    });

    it('are killed under the instances that follow them: no call fails or changes sides, and a rollback is verified by who is left', async () => {
      const [a, b, c] = await serving(3);
      const apps = [await faulty.app('i1', shop), await faulty.app('i2', shop)];
      await setFlag(a, true);
      for (const app of apps) await serves(app, 'candidate');
      for (const app of apps) await seen(app);
      for (const server of [a, b]) server?.run.child.kill('SIGKILL');
      const beats = async () => (await store.instances(STREAM)).map(({ beat }) => beat);
      const before = await beats();
      const goOn = async () => (await beats()).every((beat, index) => beat > (before[index] ?? 0) + 2);
      await expect.poll(goOn, PATIENCE).toBe(true);
      for (const app of apps) expect(await untouched(app)).toEqual({ control: 0, failed: 0 });
      // The first one holds an older epoch, so nobody can verify anything before the one that was asked is gone.
      const [first] = apps;
      if (first === undefined) throw new Error('no application');
      await ask(first, 'pin');
      const { url } = await faulty.serve();
      balancer.leadTo(Number(new URL(url).port));
      expect((await call(c, `${HERE}/rollback`, {})).status).toBe(200);
      c?.run.child.kill('SIGKILL');
      for (const app of apps) await serves(app, 'control', 'killed');
      const d = { url } as Server;
      const { rollback } = await json(d, `${HERE}/status`);
      expect(rollback).toMatchObject({ tookMs: null });
      expect(await ask(first, 'release')).toEqual({ before: 'candidate', after: 'candidate' });
      const took = async () => (await json(d, `${HERE}/status`)).rollback.tookMs;
      await expect.poll(took, PATIENCE).toEqual(expect.any(Number));
      for (const app of apps) expect((await seen(app)).failed).toBe(0);
    });
  },
);

async function untouched(app: ChildProcess): Promise<{ readonly control: number; readonly failed: number }> {
  const { control, candidate, failed } = await seen(app);
  expect(candidate).toBeGreaterThan(0);
  return { control, failed };
}
