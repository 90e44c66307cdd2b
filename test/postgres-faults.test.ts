import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadState, startRun } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import { openStore, storePlace, verifyChain, type Store } from '../src/store/index.ts';
import type { StreamEvent } from '../src/wire/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { enginePlan } from './fixtures/engine-plan.ts';
import { FaultyRun } from './fixtures/faulty-run.ts';
import { seen, serves } from './fixtures/forked-app.ts';
import { eventsOf } from './fixtures/served.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const MANY_PROCESSES_MS = 300_000;
const PATIENCE = { timeout: 60_000 };
/** How often the plan looks. */
const LOOK_MS = 200;
const STREAM = 'swap/production';
const by = { actor: 'ana', reason: 'test' };

let server: Postgres;
let databases = 0;
/** Of a role that has a limit of connections, as an application's. */
let url: string;
let admin: pg.Client;

async function connected(to: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: to });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const placeOf = (to: string) =>
  storePlace({ env: { CUTOVER_STORE: to }, cwd: '/', input: { sqlite: 'x' }, configFolder: '/' });
const opened = (to: string): Promise<Store> => openStore(placeOf(to), { clock: systemClock, prepare: true });
const timesSaid = (text: string, part: string): number => text.split(part).length - 1;

type Fault = {
  readonly code: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
  /** It takes no writes, and can be asked all the same. */
  readonly canRead?: boolean;
};

/** Takes every connection that there is, those of the command line and of instances, too. */
async function useUp(hogs: pg.Client[], admin: pg.Client, url: string): Promise<void> {
  // One that is just being let in has no name yet.
  const ours = `from pg_stat_activity where backend_type = 'client backend' and application_name <> 'hog'
    and pid <> pg_backend_pid()`;
  const full = new URL(url);
  full.searchParams.set('application_name', 'hog');
  // One that is ended holds its place a moment longer: nobody of ours may be left twice, with no place between.
  for (let times = 0; times < 2;) {
    await admin.query(`select pg_terminate_backend(pid) ${ours}`);
    const before = hogs.length;
    for (let isFull = false; !isFull;) {
      const hog = await connected(full.toString()).catch(() => undefined);
      if (hog === undefined) isFull = true;
      else hogs.push(hog);
    }
    const { rows } = await admin.query(`select ${ours} limit 1`);
    times = rows.length === 0 && hogs.length === before ? times + 1 : 0;
  }
}

async function servesControlAlone(apps: readonly ChildProcess[]): Promise<void> {
  for (const app of apps) await seen(app);
  await systemClock.sleep(1_500);
  for (const app of apps) {
    const meanwhile = await seen(app);
    expect(meanwhile).toMatchObject({ candidate: 0, failed: 0 });
    expect(meanwhile.control).toBeGreaterThan(20);
  }
}

describe.skipIf(missing !== null)(`a PostgreSQL that fails${missing === null ? '' : `: ${missing}`}`, () => {
  beforeAll(async () => {
    // What is acknowledged survives a crash here.
    server = await startPostgres({ synchronous_commit: 'on', max_connections: '40' });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    const name = `faults_${(databases += 1)}`;
    const mine = await server.createDatabase(name);
    admin = await connected(mine);
    await admin.query(`create role ${name} login password 'pw'; grant all on database ${name} to ${name}`);
    const address = new URL(mine);
    address.username = name;
    address.password = 'pw';
    url = address.toString();
  });
  afterEach(() => admin.end().catch(() => {}));

  it(
    'restarted, out of connections, locked, slow or half-open, for instances at it and behind a server: no call fails, nothing is held or judged meanwhile, all goes on by itself',
    async () => {
      const proxy = await TcpProxy.to(Number(new URL(url).port));
      const through = new URL(url);
      through.port = String(proxy.port);
      const role = through.username;
      let locker: pg.Client | undefined;
      const hogs: pg.Client[] = [];
      const faults: readonly Fault[] = [
        {
          code: 'STORE_UNAVAILABLE',
          begin: () => server.crash(),
          end: async () => {
            await server.start();
            admin = await connected(server.url(role));
          },
        },
        { code: 'STORE_', begin: () => proxy.cut(), end: () => proxy.mend() },
        {
          code: 'STORE_UNAVAILABLE',
          begin: () => useUp(hogs, admin, url),
          end: () => Promise.all(hogs.map((hog) => hog.end())),
        },
        {
          code: 'STORE_LOCKED',
          canRead: true,
          async begin() {
            locker = await connected(server.url(role));
            await locker.query('begin; lock table cutover.heads, cutover.routing in access exclusive mode');
          },
          end: () => locker?.end(),
        },
      ];
      const faulty = await FaultyRun.create('5h', undefined, through.toString());
      try {
        const store = await opened(url);
        const at = await faulty.serve();
        const viewer = await faulty.token('vi', 'viewer');
        const status = async (): Promise<number> => {
          const headers = { authorization: `Bearer ${viewer}` };
          return (await fetch(`${at.url}/api/v1/migrations/swap/production/status`, { headers })).status;
        };
        const shop = { url: at.url, token: await faulty.token('shop', 'instance') };
        const stream = await fetch(`${at.url}/api/v1/stream?migration=swap&environment=production`, {
          headers: { authorization: `Bearer ${viewer}` },
        });
        let heard: readonly string[] = [];
        const hear = (events: readonly StreamEvent[]): boolean => {
          heard = events.map(({ event }) => event);
          return false;
        };
        void eventsOf(stream, hear).catch(() => {});
        const newest = () => heard.findLast((event) => event === 'status' || event === 'trouble');
        const apps = [await faulty.app('i1'), await faulty.app('i2', shop)] as const;
        const run = await faulty.holding(apps[0]);
        await serves(apps[1], 'candidate');
        for (const [index, { code, begin, end, canRead = false }] of faults.entries()) {
          const before = timesSaid(run.said(), `trouble: ${code}`);
          await begin();
          await expect
            .poll(() => timesSaid(run.said(), `trouble: ${code}`), PATIENCE)
            .toBeGreaterThan(before);
          for (const app of apps) await serves(app, 'control', 'stale');
          // What is not known is not told as if it were.
          if (!canRead) await expect.poll(status, PATIENCE).toBe(503);
          if (!canRead) await expect.poll(newest, PATIENCE).toBe('trouble');
          await servesControlAlone(apps);
          await end();
          await expect
            .poll(() => timesSaid(run.said(), 'the state is back after'), PATIENCE)
            .toBeGreaterThan(index);
          for (const app of apps) await serves(app, 'candidate');
          for (const app of apps) expect((await seen(app)).failed).toBe(0);
          await expect.poll(status, PATIENCE).toBe(200);
          await expect.poll(newest, PATIENCE).toBe('status');
        }
        // Slow, it is there all the time; a report takes longer than a lease is good for, so nothing is seen of the candidate.
        const looked = async () => (await store.read(STREAM)).filter(({ kind }) => kind === 'gate.looked');
        proxy.slow(700);
        for (const app of apps) await serves(app, 'control', 'stale');
        const verdict = async () => Object((await looked()).at(-1)?.body).verdict;
        await expect.poll(verdict, PATIENCE).not.toBe('pass');
        const { seq } = (await looked()).at(-1) ?? { seq: 0 };
        await servesControlAlone(apps);
        const blind = (await looked()).filter((look) => look.seq >= seq);
        proxy.slow(0);
        for (const { body } of blind) expect(body).not.toMatchObject({ verdict: 'pass' });
        for (const app of apps) await serves(app, 'candidate');
        await faulty.completes(run);
        const log = await store.read(STREAM);
        await store.close();
        expect(verifyChain(log).ok).toBe(true);
        expect(log.some(({ kind }) => kind === 'rollback.started')).toBe(false);
        const looks = log.filter(({ kind }) => kind === 'gate.looked');
        // The look after a time without one counts no more than any other.
        const gaps = looks.flatMap(({ at, body }, index) =>
          at - (looks[index - 1]?.at ?? at) > 2_000 ? [Number(Object(body).observedMs)] : [],
        );
        expect(gaps.length).toBeGreaterThanOrEqual(faults.length);
        for (const observed of gaps) expect(observed).toBeLessThanOrEqual(2 * LOOK_MS);
      } finally {
        await faulty.remove();
        proxy.close();
        for (const hog of hogs) await hog.end().catch(() => {});
        await locker?.end().catch(() => {});
      }
    },
    MANY_PROCESSES_MS,
  );

  it(
    'away at the start of an application: it goes by what it last knew, and by its kill file, until the server is there',
    async () => {
      const faulty = await FaultyRun.create('1h', undefined, url);
      try {
        const first = await faulty.app('i1');
        const run = await faulty.holding(first);
        const folder = join(faulty.project.folder, '.cutover');
        writeFileSync(join(folder, 'swap.kill'), '');
        await serves(first, 'control', 'local kill');
        rmSync(join(folder, 'swap.kill'));
        await serves(first, 'candidate');
        expect((await faulty.cli('kill', '--environment', 'production', '--reason', 'x')).code).toBe(0);
        await serves(first, 'control', 'killed');
        await run.ended;
        const last = join(folder, 'swap.production.i1.last.json');
        await expect.poll(() => readFileSync(last, 'utf8'), PATIENCE).toContain('"killed":"');
        faulty.stopApps();
        await server.crash();
        const second = await faulty.app('i1');
        await serves(second, 'control', 'killed');
        expect(existsSync(last)).toBe(true);
        await server.start();
        admin = await connected(server.url());
        const again = await opened(url);
        await expect
          .poll(async () => (await again.instances(STREAM)).map(({ instance }) => instance), PATIENCE)
          .toEqual(['i1']);
        await again.close();
      } finally {
        await faulty.remove();
      }
    },
    MANY_PROCESSES_MS,
  );

  it(
    'with two controllers: one that is frozen past its lease is replaced, and awake again writes nothing',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cutover-controllers-'));
      const ran = join(folder, 'ran');
      const children: ChildProcess[] = [];
      const control = (): { child: ChildProcess; ended: Promise<string> } => {
        const child = spawn(
          process.execPath,
          [join(import.meta.dirname, 'fixtures/engine-controller.ts'), url, STREAM],
          { stdio: ['ignore', 'pipe', 'pipe'] },
        );
        children.push(child);
        let output = '';
        child.stdout.on('data', (chunk) => (output += chunk));
        child.stderr.on('data', (chunk) => (output += chunk));
        return { child, ended: new Promise((resolve) => child.once('close', () => resolve(output))) };
      };
      const store = await opened(url);
      const ids = Array.from({ length: 10 }, (_, index) => `production-${index}`);
      const fleet = new SimulatedFleet(store, STREAM, ids).start();
      try {
        const { plan, hash } = enginePlan(ran, '2s');
        await startRun(store, systemClock, {
          plan: { ...plan, environments: plan.environments.filter(({ name }) => name === 'production') },
          planHash: hash,
          environment: 'production',
          timeScale: 1,
          random: seededRandom(1),
          ...by,
        });
        const step = async (): Promise<string | undefined> =>
          (await loadState(store, STREAM)).run?.position?.step;
        const first = control();
        await expect.poll(step, PATIENCE).toBe('hold-1');
        const second = control();
        first.child.kill('SIGSTOP');
        await expect.poll(async () => (await store.lease(STREAM))?.fence, PATIENCE).toBe(2);
        const { seq } = await loadState(store, STREAM);
        await expect(
          store.append(STREAM, seq, [{ kind: 'test', v: 1, body: {} }], { fence: 1 }),
        ).rejects.toMatchObject({ code: 'LEASE_LOST' });
        first.child.kill('SIGCONT');
        expect(await first.ended).toContain('LEASE_LOST');
        expect(first.child.exitCode).toBe(1);
        expect(await second.ended).toContain('"ended":"completed"');
        const events = await store.read(STREAM);
        expect(verifyChain(events).ok).toBe(true);
        const completed = events
          .filter(({ kind }) => kind === 'step.completed')
          .map(({ body }) => Object(body).step);
        expect(completed).toEqual(['expose-1', 'hold-1', 'decision-1', 'command-1', 'expose-1', 'hold-1']);
        expect(events.filter(({ kind }) => kind === 'exposure.set')).toHaveLength(2);
        expect(readFileSync(ran, 'utf8')).toBe('ran\n');
      } finally {
        for (const child of children) child.kill('SIGKILL');
        await fleet.stop();
        await store.close();
        rmSync(folder, { recursive: true });
      }
    },
    MANY_PROCESSES_MS,
  );
});
