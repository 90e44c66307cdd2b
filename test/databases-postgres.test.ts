import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDatabase, readDatabase } from '../src/deploy/index.ts';
import { CutoverError, systemClock } from '../src/kernel/index.ts';
import type { DatabaseServer } from '../src/plan/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { databaseSuite } from './conformance/database.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

const TABLES = `
  create table payments (id integer primary key, state text not null, cents integer not null);
  insert into payments values (1, 'paid', 334), (2, 'paid', 300), (3, 'paid', 300), (4, 'failed', 300);
`;
const WRITE = 'delete from payments';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-databases-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a database that is a SQLite file', () => {
  beforeAll(() => {
    const database = new DatabaseSync(join(folder, 'shop.db'));
    database.exec(TABLES);
    database.close();
  });

  databaseSuite(() => ({
    database: { sqlite: 'shop.db', check: 'auto', foreignKeys: true },
    folder,
    env: {},
    endless: 'with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n',
    write: WRITE,
  }));

  it('says when there is no file, or no database in it', async () => {
    const database = { sqlite: 'none.db', check: 'auto', foreignKeys: true } as const;
    const reading = {
      query: 'select 1',
      most: 1,
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    };
    await expect(readDatabase('shop', database, { folder, env: {} }, reading)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
  });
});

const reason = whyNoPostgres();
const run = reason === null || process.env['CI'] === 'true' ? describe : describe.skip;

run(`a database that is a PostgreSQL${reason === null ? '' : ` (${reason})`}`, () => {
  let server: Postgres;
  let url: string;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase('shop');
    client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(TABLES);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  const SERVER: DatabaseServer = { postgres: 'SHOP_URL', check: 'auto', foreignKeys: true };
  const env = (value: string | undefined = url) => ({ SHOP_URL: value });
  const read = (value: string | undefined, query = 'select 1', timeoutMs = 10_000): Promise<unknown> =>
    readDatabase(
      'shop',
      SERVER,
      { folder, env: { SHOP_URL: value } },
      {
        query,
        most: 1,
        timeoutMs,
        signal: new AbortController().signal,
      },
    );

  databaseSuite(() => ({
    database: SERVER,
    folder,
    env: env(),
    endless: 'select pg_sleep(600)',
    write: WRITE,
  }));

  it('is asked read-only for good: a statement cannot leave its transaction', async () => {
    await read(url, 'rollback');
    await expect(read(url, "select nextval('payments_seq')")).rejects.toMatchObject({
      code: 'DATABASE_QUERY',
    });
    await client.query('create sequence if not exists payments_seq');
    await expect(read(url, "select nextval('payments_seq')")).rejects.toThrow(/read-only/);
  });

  it('is left by nobody: no connection stays, and no more than two are open at a time', async () => {
    const work = Promise.all(Array.from({ length: 8 }, () => read(url, 'select pg_sleep(0.15)')));
    const seen: number[] = [];
    let isOver = false;
    void work.then(() => (isOver = true));
    const count = async (): Promise<number> =>
      (
        await client.query(
          "select count(*)::int as n from pg_stat_activity where application_name = 'cutover'",
        )
      ).rows[0].n;
    while (!isOver) seen.push(await count());
    await work;
    expect(Math.max(...seen)).toBeGreaterThan(0);
    // Two work; two more may not be wholly closed yet.
    expect(Math.max(...seen)).toBeLessThanOrEqual(4);
    while ((await count()) > 0) await systemClock.sleep(10);
  });

  const PASSWORD = 'p%40ss-word';
  it.each<[string, (url: URL) => string | undefined, string, RegExp]>([
    ['no variable', () => undefined, 'DATABASE_UNREACHABLE', /variable SHOP_URL is not set/],
    [
      'another address',
      () => `mysql://u:${PASSWORD}@h/d`,
      'DATABASE_UNREACHABLE',
      /no address of a PostgreSQL/,
    ],
    [
      'a wrong password',
      (one) => ((one.password = PASSWORD), one.href),
      'DATABASE_DENIED',
      /password authentication failed.*28P01/,
    ],
    ['no such database', (one) => ((one.pathname = '/gone'), one.href), 'DATABASE_DENIED', /"gone".*3D000/],
    ['nobody there', (one) => ((one.port = '1'), one.href), 'DATABASE_UNREACHABLE', /ECONNREFUSED/],
    [
      'no such host',
      (one) => ((one.hostname = 'nowhere.invalid'), one.href),
      'DATABASE_UNREACHABLE',
      /nowhere/,
    ],
  ])('with %s it says so, and no secret', async (_, change, code, message) => {
    const right = new URL(url);
    const error = await read(change(new URL(url))).catch((thrown: unknown) => thrown);
    if (!(error instanceof CutoverError)) throw error;
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    const told = `${error.message} ${error.hint} ${JSON.stringify(error.details)}`;
    for (const secret of [right.password, PASSWORD, 'p@ss-word']) expect(told).not.toContain(secret);
  });

  it('gives up on a server that takes the connection and says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const mute = new URL(url);
    mute.port = String(port);
    await expect(read(mute.href, 'select 1', 300)).rejects.toMatchObject({
      code: expect.stringMatching(/^DATABASE_(UNREACHABLE|QUERY)$/),
    });
    silent.close();
  });

  it('reports a connection that is cut in the middle', async () => {
    const asked = read(url, 'select pg_sleep(600)');
    asked.catch(() => {});
    const cut = async (): Promise<boolean> =>
      (
        await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and application_name = 'cutover'",
        )
      ).rows.length > 0;
    while (!(await cut())) await systemClock.sleep(10);
    await expect(asked).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  const check = (change: Partial<DatabaseServer> = {}) =>
    checkDatabase(
      'shop',
      { ...SERVER, ...change },
      {
        folder,
        env: env(),
        clock: systemClock,
        signal: new AbortController().signal,
      },
    );

  it('is sound, unless an index is not valid or rows refer to none', async () => {
    await client.query(`
      create table "Owners" (id integer primary key, "Part" integer not null, unique (id, "Part"));
      create table bikes (id integer primary key, "owner id" integer, part integer);
      insert into bikes values (1, 7, 1), (2, null, 1), (3, 8, 2);
      alter table bikes add constraint "of owner" foreign key ("owner id", part) references "Owners" (id, "Part") not valid;
    `);
    expect(await check()).toMatchObject([
      { check: 'index_check', findings: [] },
      { check: 'foreign_key_check', findings: ['2 rows refer to none by "of owner" on bikes'] },
    ]);
    expect(await check({ foreignKeys: false })).toMatchObject([{ check: 'index_check', findings: [] }]);
    await client.query('insert into "Owners" values (7, 1), (8, 2)');
    expect(await check()).toMatchObject([{}, { findings: [] }]);
    await client.query('alter table bikes validate constraint "of owner"');
    // As somebody with the right to do so brings in rows past every check.
    await client.query('begin; set local session_replication_role = replica; delete from "Owners"; commit');
    expect(await check()).toMatchObject([{}, { findings: [] }]);
    expect((await check({ check: 'full' }))[1]?.findings).toEqual([
      '2 rows refer to none by "of owner" on bikes',
    ]);
    await client.query("insert into payments values (5, 'paid', 1)");
    await client.query('create unique index concurrently twice on payments (state)').catch(() => {});
    expect(await check()).toMatchObject([
      { check: 'index_check', findings: ['index public.twice of payments is not valid'] },
    ]);
    await client.query('drop index twice; drop table bikes, "Owners"; delete from payments where id = 5');
  });

  it('is looked at by doctor, which says what is wrong without the password', async () => {
    const project = await CliProject.create({ ...PLAN, databases: { shop: { postgres: 'SHOP_URL' } } });
    try {
      const sound = await project.run(['doctor', '--environment', 'staging'], { SHOP_URL: url });
      expect(sound.stdout).toContain('✔ database shop: sound (index_check, foreign_key_check');
      const wrong = new URL(url);
      wrong.password = 'not-the-one';
      const denied = await project.run(['doctor', '--environment', 'staging'], { SHOP_URL: wrong.href });
      expect(denied.code).toBe(3);
      expect(denied.stdout).toMatch(/✖ database shop: index_check: .*password authentication failed/);
      expect(denied.stdout + denied.stderr).not.toContain('not-the-one');
    } finally {
      await project.remove();
    }
  });
});
