import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import { verifyChain, type EventDraft, type Store } from '../src/store/index.ts';
import type { PostgresAddress } from '../src/store/postgres/address.ts';
import { Connections } from '../src/store/postgres/connections.ts';
import { literal } from '../src/store/postgres/literal.ts';
import { formatOf, prepareSchema, refuseFormat } from '../src/store/postgres/prepare.ts';
import { SCRIPTS } from '../src/store/postgres/schema.ts';
import { openPostgresStore, type PostgresOptions } from '../src/store/postgres/store.ts';
import { startPgbouncer, whyNoPgbouncer, type Pgbouncer } from '../tools/postgres/pgbouncer.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { describeStore } from './conformance/store.ts';

const inCi = process.env['CI'] !== undefined;
const missing = inCi ? null : whyNoPostgres();
const noPooler = inCi ? null : whyNoPgbouncer();
const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);

const draft: EventDraft = { kind: 'test', v: 1, body: {} };
const addressOf = (url: string, direct: string | null = null): PostgresAddress => ({
  variable: 'STATE_URL',
  url,
  direct,
});

describe.skipIf(missing !== null)(`the state in PostgreSQL${because(missing)}`, () => {
  let server: Postgres;
  let databases = 0;
  let url: string;
  let sql: pg.Client;
  const opened: Store[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    url = await server.createDatabase(`store_${(databases += 1)}`);
    sql = await client();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await sql.end();
  });

  async function client(to = url): Promise<pg.Client> {
    const made = new pg.Client({ connectionString: to });
    await made.connect();
    return made;
  }

  async function open(more: Partial<PostgresOptions> = {}): Promise<Store> {
    const store = await openPostgresStore({
      address: addressOf(url),
      clock: systemClock,
      prepare: true,
      ...more,
    });
    opened.push(store);
    return store;
  }

  describeStore('PostgreSQL', async () => ({
    open: () => openPostgresStore({ address: addressOf(url), clock: systemClock, prepare: true }),
    destroy: () => Promise.resolve(),
  }));

  describe.skipIf(noPooler !== null)(`behind PgBouncer${because(noPooler)}`, () => {
    let pooler: Pgbouncer;
    beforeAll(async () => {
      pooler = await startPgbouncer(server.url(), 2);
    });
    afterAll(() => pooler?.stop());

    describeStore('PostgreSQL through PgBouncer, two connections for all', async () => ({
      open: () =>
        openPostgresStore({ address: addressOf(pooler.through(url)), clock: systemClock, prepare: true }),
      destroy: () => Promise.resolve(),
    }));

    const listening = async (): Promise<number> =>
      (
        await sql.query(
          `select from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
        )
      ).rows.length;

    it('listens only past it, where an address for that is given', async () => {
      const seen: string[] = [];
      const pooled = await open({ address: addressOf(pooler.through(url)) });
      pooled.watch(() => seen.push('pooled'));
      const direct = await open({ address: addressOf(pooler.through(url), url) });
      direct.watch(() => seen.push('direct'));
      await expect.poll(listening, { timeout: 20_000 }).toBe(1);
      seen.length = 0;
      await (await open()).append('m/a', 0, [draft]);
      await expect.poll(() => new Set(seen).size, { timeout: 20_000 }).toBe(2);
    });
  });

  it('is made once by many at once, and not by who only looks', async () => {
    await expect(open({ prepare: false })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringContaining('cutover state prepare'),
    });
    expect((await sql.query(`select from pg_namespace where nspname = 'cutover'`)).rows).toEqual([]);
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    await stores[0]?.append('m/a', 0, [draft]);
    expect(await stores[4]?.streams()).toEqual(['m/a']);
  });

  it('is upgraded by number, once, with what is in it', async () => {
    const store = await open();
    await store.append('m/a', 0, [draft]);
    const scripts = [...SCRIPTS, `alter table cutover.leases add column note text`];
    const database = new Connections({ address: addressOf(url), clock: systemClock });
    const changed = await Promise.all([1, 2, 3].map(() => prepareSchema(database, scripts)));
    expect(changed).toContain(true);
    expect(await prepareSchema(database, scripts)).toBe(false);
    expect(await formatOf(database)).toBe(SCRIPTS.length + 1);
    await database.close();
    expect(await store.read('m/a')).toHaveLength(1);
    // A script that fails leaves all as it was.
    const broken = [...scripts, 'alter table cutover.leases add column more text; select 1 / 0'];
    const other = new Connections({ address: addressOf(url), clock: systemClock });
    await expect(prepareSchema(other, broken)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(await formatOf(other)).toBe(SCRIPTS.length + 1);
    await other.close();
  });

  it('of the version before has no history, and gets it with what is in it', async () => {
    const database = new Connections({ address: addressOf(url), clock: systemClock });
    await prepareSchema(database, SCRIPTS.slice(0, 1));
    const before = await open({ prepare: false });
    await before.append('m/a', 0, [draft]);
    const asked = { series: null, sizeMs: 60, from: 0, to: 100 };
    const change = { telemetryId: 1, foldedTo: 120, add: [{ series: 'a', sizeMs: 60, at: 60, body: 1 }] };
    expect(await before.historyMark('m/a')).toBeUndefined();
    expect(await before.history('m/a', asked)).toEqual([]);
    expect(await before.changeHistory('m/a', undefined, change)).toBe(false);
    expect(await before.historySize('m/a')).toMatchObject({ records: 0 });
    expect(await prepareSchema(database)).toBe(true);
    await database.close();
    expect(await before.changeHistory('m/a', undefined, change)).toBe(true);
    expect(await before.history('m/a', asked)).toEqual(change.add);
    expect(await before.read('m/a')).toHaveLength(1);
  });

  it('of a version too far from this one is refused by its number, of another program by its name', async () => {
    await (await open()).close();
    await sql.query('update cutover.format set version = version + 1');
    await (await open()).close();
    await sql.query('update cutover.format set version = version + 1');
    for (const prepare of [true, false])
      await expect(open({ prepare })).rejects.toMatchObject({
        code: 'STORE_VERSION',
        message: expect.stringContaining(`format ${SCRIPTS.length + 2}`),
        hint: 'update cutover here',
      });
    expect(() => refuseFormat(1, 'here', 3)).toThrow(/format 1, this version understands 2\.\.4/);
    await sql.query('drop table cutover.format');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_VERSION', message: /of another program/ });
  });

  it('takes any text as a value, whatever the server takes a backslash for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer(), async (text, n) => {
        // Lone surrogates and NUL are no text in UTF-8.
        const value = text.toWellFormed().replaceAll('\0', '');
        for (const setting of ['on', 'off']) {
          const both = await sql.query(
            `set standard_conforming_strings = ${setting}; select ${literal(value)} as value, ${literal(n)} as n, ${literal(null)} as nothing`,
          );
          expect(Object(both).at(-1).rows).toEqual([{ value, n: expect.anything(), nothing: null }]);
          expect(Number(Object(both).at(-1).rows[0].n)).toBe(n);
        }
      }),
      { numRuns: 200 },
    );
    const store = await open();
    await store.report('m/a', `o'neil \\ "x" ; drop schema cutover cascade; --`, { text: 'a\0b\\\'"' });
    expect((await store.instances('m/a'))[0]).toMatchObject({ body: { text: 'a\0b\\\'"' } });
    await expect(store.report('m/a', 'a\0b', {})).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('that somebody holds is waited for on the server as long as here, then named', async () => {
    const store = await open({ busyTimeoutMs: 300 });
    await sql.query('begin; lock table cutover.heads in access exclusive mode');
    await expect(store.append('m/a', 0, [draft])).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(store.streams()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const waiting = await sql.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting.rows).toEqual([]);
    await sql.query('commit');
    await store.append('m/a', 0, [draft]);
  });

  it('is only read by who said so, and by a role that may not write', async () => {
    await (await open()).append('m/a', 0, [draft]);
    const reader = await open({ prepare: false, readOnly: true });
    expect(await reader.read('m/a')).toHaveLength(1);
    await expect(reader.append('m/a', 1, [draft])).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
    await sql.query(`create role looks login password 'looks'; grant usage on schema cutover to looks;
      grant select on all tables in schema cutover to looks`);
    const looking = new URL(url);
    looking.username = 'looks';
    looking.password = 'looks';
    const store = await open({ prepare: false, address: addressOf(looking.toString()) });
    expect(await store.read('m/a')).toHaveLength(1);
    await expect(store.append('m/a', 1, [draft])).rejects.toMatchObject({
      code: 'STORE_READ_ONLY',
      message: /lacks a right/,
    });
    await sql.query('update cutover.format set version = version - 1');
    const older = await open({ address: addressOf(looking.toString()) }).catch((error: unknown) => error);
    expect(older).toMatchObject(
      SCRIPTS.length === 1 ? { code: 'STORE_READ_ONLY' } : { read: expect.any(Function) },
    );
    await sql.query('drop schema cutover cascade');
    await expect(open({ address: addressOf(looking.toString()) })).rejects.toMatchObject({
      code: 'STORE_READ_ONLY',
      hint: expect.stringContaining('cutover state prepare'),
    });
    await sql.query('drop owned by looks; drop role looks');
  });

  it('that cannot be reached is named without its password', async () => {
    const to = (change: (address: URL) => void): PostgresAddress => {
      const address = new URL(url);
      change(address);
      return addressOf(address.toString());
    };
    const failures = [
      to((address) => (address.password = 'not-it')),
      to((address) => (address.pathname = '/nowhere')),
      to((address) => (address.port = '1')),
    ];
    for (const address of failures) {
      const error: unknown = await open({ address }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', hint: expect.any(String) });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(new URL(address.url).password);
    }
  });

  it('without the package pg says what to install', () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'fixtures/store-without-pg.ts')],
      { encoding: 'utf8' },
    );
    expect(stdout, stderr).toBe('{"code":"DRIVER_MISSING","hint":"npm install pg"}\n');
  });

  it('that was dropped under a process is not made again, and one that was made again is used', async () => {
    const store = await open();
    await store.append('m/a', 0, [draft]);
    await sql.query('drop schema cutover cascade');
    await expect(store.append('m/a', 1, [draft])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.report('m/a', 'one', {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await (await open()).append('m/a', 0, [draft, draft]);
    expect(await store.read('m/a')).toHaveLength(2);
  });

  it('hands out no batch before one that was numbered earlier', async () => {
    const store = await open();
    await store.report('m/a', 'one', {}, { n: 0 });
    // As a process in the middle of its report, which the server carries out without a pause.
    await sql.query(`begin; select pg_advisory_xact_lock(731190221, hashtext('m/a'));
      insert into cutover.telemetry (stream, instance, at, body) values ('m/a', 'slow', 0, '{"n":1}')`);
    const late = store.report('m/a', 'fast', {}, { n: 2 });
    const elsewhere = store.report('m/b', 'fast', {}, { n: 9 });
    await elsewhere;
    const cursor = await store.telemetryHead('m/a');
    expect((await store.telemetry('m/a', 0)).map(({ body }) => body)).toEqual([{ n: 0 }]);
    await sql.query('commit');
    await late;
    expect((await store.telemetry('m/a', cursor)).map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('is read in pieces where it is long, and as a whole', async () => {
    const store = await open();
    const many = Array.from({ length: 2_500 }, () => draft);
    for (const seq of [0, 2_500]) await store.append('m/a', seq, many);
    expect(verifyChain(await store.read('m/a'))).toMatchObject({ ok: true, events: 5_000 });
    expect((await store.read('m/a', 1, 4_500)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 4_500 }, (_, index) => index + 2),
    );
    expect(await store.read('m/a', 0, 0)).toEqual([]);
    expect(await store.read('m/a', 3_000, 2_000)).toHaveLength(2_000);
    await sql.query(`insert into cutover.telemetry (stream, instance, at, body)
      select 'm/a', 'one', 0, '{}' from generate_series(1, 4000)`);
    expect(await store.telemetry('m/a', 0)).toHaveLength(4_000);
    expect(await store.pruneTelemetry(0)).toBe(4_000);
  });

  it('sees a commit again after its connections were cut', async () => {
    const store = await open();
    let calls = 0;
    store.watch(() => (calls += 1));
    await (await open()).append('m/a', 0, [draft]);
    await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(0);
    for (let seq = 1; seq < 4; seq += 1) {
      await sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      const before = calls;
      await (await open()).append('m/a', seq, [draft]);
      await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(before);
      expect(await store.read('m/a')).toHaveLength(seq + 1);
    }
  });

  it('keeps every event of many processes, some of them killed or frozen in the middle', async () => {
    const store = await open();
    const writers = Array.from({ length: 4 }, (_, index) => writer(`w${index}`, 40));
    const frozen = writer('frozen', 10_000);
    const freezing = (async (): Promise<void> => {
      for (let n = 0; n < 10; n += 1) {
        frozen.child.kill('SIGSTOP');
        await systemClock.sleep(100);
        // Nobody waits for it: it holds no lock while it stands still.
        const { seq } = (await store.head('m/a')) ?? { seq: 0 };
        await store.append('m/a', seq, [draft]).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'SEQUENCE_CONFLICT' });
        });
        frozen.child.kill('SIGCONT');
        await systemClock.sleep(20);
      }
      frozen.child.kill('SIGKILL');
    })();
    const victims = Array.from({ length: 3 }, async (_, index) => {
      const { child, done } = writer(`victim-${index}`, 10_000);
      await systemClock.sleep(600 + index * 200);
      child.kill('SIGKILL');
      return done;
    });
    await freezing;
    await frozen.done;
    const killed = await Promise.all(victims);
    await Promise.all(writers.map(({ done }) => done));
    const events = await store.read('m/a');
    expect(verifyChain(events)).toMatchObject({ ok: true });
    expect(await store.head('m/a')).toEqual({ seq: events.length, hash: events.at(-1)?.hash });
    const by = (name: string): number => events.filter(({ body }) => Object(body).by === name).length;
    expect(writers.map((_, index) => by(`w${index}`))).toEqual([40, 40, 40, 40]);
    for (const [index, acknowledged] of killed.entries()) {
      expect(by(`victim-${index}`) - acknowledged).toBeGreaterThanOrEqual(0);
      expect(by(`victim-${index}`) - acknowledged).toBeLessThanOrEqual(1);
    }
  });

  /** A process that appends; `done` gives how many appends it was told of. */
  function writer(name: string, count: number): { child: ReturnType<typeof spawn>; done: Promise<number> } {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'fixtures/store-writer.ts'), url, name, String(count)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    return {
      child,
      done: new Promise((resolve) => child.once('close', () => resolve(output.split('\n').length - 1))),
    };
  }
});
