import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { askMeasure } from '../src/deploy/index.ts';
import type { MeasureAnswer } from '../src/gate/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { AskedMetric, MetricInput, PlanInput } from '../src/plan/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';
import { serve } from './fixtures/http-server.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

/** What a bike shop counts: payments by the side that wrote them, stock by two ways of counting it, and complaints. */
const TABLES = `
  create table payments (id integer primary key, side text not null, state text not null);
  create table stock (item text primary key, counted integer not null, booked integer not null);
  create table complaints (id integer primary key, state text not null);
  insert into payments values (1, 'control', 'paid'), (2, 'control', 'paid'), (3, 'control', 'failed'),
    (4, 'candidate', 'paid'), (5, 'candidate', 'failed');
  insert into stock values ('frame', 10, 10), ('wheel', 20, 19), ('chain', 5, 5), ('bell', 9, 9);
  insert into complaints values (1, 'open'), (2, 'closed');
`;
const SQL = { kind: 'sql', database: 'shop', timeout: '20s' } as const;
const PAYMENTS: MetricInput = {
  ...SQL,
  gives: 'counts',
  query:
    "select side, count(*) filter (where state = 'failed') as bad, count(*) as total from payments group by side",
};
const STOCK: MetricInput = {
  ...SQL,
  gives: 'share',
  query: 'select count(*) filter (where counted = booked) as good, count(*) as total from stock',
};
const COMPLAINTS: MetricInput = {
  ...SQL,
  query: "select count(*) from complaints where state = 'open'",
};

const signal = (): AbortSignal => new AbortController().signal;
const planOf = (metric: MetricInput, shop: NonNullable<PlanInput['databases']>[string]) =>
  parsePlan({
    ...PLAN,
    databases: { shop },
    metrics: { m: metric },
    matrix: [{ title: 'M', metric: 'm', red: 0.5 }],
  }).plan;

const reason = whyNoPostgres();
const isSkipped = reason !== null && process.env['CI'] !== 'true';

describe.each(['SQLite', 'PostgreSQL'])('a measure of a query of %s', (engine) => {
  let folder: string;
  let server: Postgres | undefined;
  let shop: NonNullable<PlanInput['databases']>[string];
  let env: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cutover-measures-'));
    if (engine === 'SQLite') {
      const database = new DatabaseSync(join(folder, 'shop.db'));
      database.exec(TABLES);
      database.close();
      shop = { sqlite: 'shop.db' };
      return;
    }
    if (isSkipped) return;
    server = await startPostgres();
    const url = await server.createDatabase('shop');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(TABLES);
    await client.end();
    shop = { postgres: 'SHOP_URL' };
    env = { SHOP_URL: url };
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (metric: MetricInput): Promise<MeasureAnswer> => {
    const plan = planOf(metric, shop);
    return askMeasure(plan, plan.metrics['m'] as AskedMetric, { folder, env, signal: signal() });
  };

  it.skipIf(engine === 'PostgreSQL' && isSkipped)('is counts by side, a share, or a number', async () => {
    const payments = await ask(PAYMENTS);
    if (payments.kind !== 'counters') throw new Error(JSON.stringify(payments));
    expect(Object.fromEntries(payments.total.map(({ side, value }) => [side, value]))).toEqual({
      control: 3,
      candidate: 2,
    });
    expect(await ask(STOCK)).toEqual({ kind: 'levels', sides: { both: { value: 0.25, samples: 4 } } });
    expect(await ask(COMPLAINTS)).toEqual({ kind: 'levels', sides: { both: { value: 1, samples: 1 } } });
    const bySide =
      "select side, avg(case when state = 'failed' then 1.0 else 0.0 end) as rate from payments group by side";
    expect(await ask({ ...SQL, unit: 'ratio', query: bySide })).toMatchObject({
      sides: { candidate: { value: 0.5 } },
    });
  });

  it.skipIf(engine === 'PostgreSQL' && isSkipped).each([
    ['no row', 'select id from payments where id > 99', /no row/],
    ['NULL', 'select max(id) from payments where id > 99', /is NULL, no number/],
    ['several rows', 'select id from payments', /3 rows|more than/],
    ['text', 'select max(state) from payments', /is "paid", no number/],
    ['a mistake', 'select id from nowhere', /DATABASE_QUERY.*nowhere/],
    ['a write', 'delete from payments', /DATABASE_QUERY/],
  ])('is no data for %s', async (_, query, why) => {
    expect(await ask({ ...SQL, query })).toEqual({ kind: 'nothing', why: expect.stringMatching(why) });
  });
});

describe('a measure of an address', () => {
  let answer: (path: string) => { readonly status?: number; readonly body: string } | null;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve((request, response) => {
      const { status = 200, body } = answer(request.url ?? '') ?? { body: null };
      if (body !== null) response.writeHead(status, { location: '/elsewhere' }).end(body);
    });
  });
  afterAll(() => server.close());

  const ask = (path?: string, headers: Readonly<Record<string, string>> = {}): Promise<MeasureAnswer> => {
    const metric = {
      kind: 'http',
      url: '${DESK}complaints',
      headers,
      timeout: '400ms',
      ...(path === undefined ? {} : { path }),
    } as const;
    const plan = planOf(metric, { sqlite: 'none.db' });
    return askMeasure(plan, plan.metrics['m'] as AskedMetric, {
      folder: '.',
      env: { DESK: server.url, TOKEN: 's3cret' },
      signal: signal(),
    });
  };

  it('is the number in it', async () => {
    answer = () => ({ body: '{"open":[{"complaints":4}]}' });
    expect(await ask('open.0.complaints')).toMatchObject({ sides: { both: { value: 4 } } });
    answer = (path) => ({ body: path === '/complaints' ? '12\n' : '0' });
    expect(await ask()).toMatchObject({ sides: { both: { value: 12 } } });
  });

  it.each<[string, { readonly status?: number; readonly body: string } | null, string | undefined, RegExp]>([
    ['another status', { status: 500, body: '0' }, undefined, /complaints: 500, expected 200/],
    ['a redirect', { status: 302, body: '0' }, undefined, /302, expected 200/],
    ['nothing in time', null, undefined, /over after 400 ms/],
    ['a page', { body: '<html>0</html>' }, undefined, /no number/],
    ['another type', { body: '{"a":"0"}' }, 'a', /a is "0", no number/],
    ['no such path', { body: '{"a":0}' }, 'b', /b is missing/],
    ['a huge answer', { body: ' '.repeat(2_000_000) }, undefined, /more than 1000000 bytes/],
    ['nothing at all', { body: '' }, undefined, /no number/],
  ])('is no data for %s', async (_, given, path, why) => {
    answer = () => given;
    expect(await ask(path)).toEqual({ kind: 'nothing', why: expect.stringMatching(why) });
  });

  it('never says what came from the environment', async () => {
    answer = () => ({ body: '"s3cret"' });
    const said = await ask(undefined, { 'x-api-key': '${TOKEN}' });
    expect(said).toMatchObject({ kind: 'nothing' });
    expect(JSON.stringify(said)).not.toContain('s3cret');
    answer = () => ({ body: '{"a":"s3cret"}' });
    expect(JSON.stringify(await ask('a', { 'x-api-key': '${TOKEN}' }))).not.toContain('s3cret');
  });
});

describe('a run', () => {
  let project: CliProject;
  let store: Store;
  let fleet: SimulatedFleet;
  let file: string;

  beforeEach(async () => {
    project = await CliProject.create({
      ...PLAN,
      databases: { shop: { sqlite: 'shop.db', check: 'off' } },
      metrics: { ...PLAN.metrics, complaints: { ...COMPLAINTS, every: '1s' } },
      matrix: [
        ...PLAN.matrix,
        { title: 'Complaints', metric: 'complaints', yellow: 1, red: 5, onRed: 'rollback', looks: 1 },
      ],
    });
    file = join(project.folder, 'shop.db');
    const database = new DatabaseSync(file);
    database.exec(TABLES);
    database.exec("update complaints set state = 'closed'");
    database.close();
    store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
    fleet = new SimulatedFleet(store, 'swap/staging', ['staging-1', 'staging-2']).start();
  });
  afterEach(async () => {
    await fleet.stop();
    await store.close();
    await project.remove();
  });

  const STAGING = ['--environment', 'staging'];
  const until = async (said: () => string, text: string): Promise<void> => {
    for (let tries = 0; !said().includes(text); tries += 1) {
      if (tries > 2_000) throw new Error(`never said ${text}: ${said()}`);
      await systemClock.sleep(20);
    }
  };

  it('is taken back by what a query says, and is replayed without the database', async () => {
    const doctor = await project.run(['doctor', ...STAGING]);
    expect(doctor.stdout).toContain('✔ measure complaints: answers with 0');
    const run = project.start(['run', ...STAGING]);
    await until(run.said, 'waiting for a person: Go on?');
    const database = new DatabaseSync(file);
    database.exec(
      "insert into complaints select i, 'open' from (with recursive n (i) as (select 10 union all select i + 1 from n where i < 20) select i from n)",
    );
    database.close();
    const { code, stderr } = await run.ended;
    expect(stderr).toMatch(/Complaints/);
    expect(code).toBe(5);
    await rm(file);
    const replay = await project.run(['replay', ...STAGING]);
    expect(replay.stderr).toBe('');
    expect(replay.code).toBe(0);
    const looks = (await store.read('swap/staging')).filter(({ kind }) => kind === 'gate.looked');
    expect(JSON.stringify(looks.at(-1)?.body)).toMatch(/"title":"Complaints".*"value":11/);
    const gone = await project.run(['doctor', ...STAGING]);
    expect(gone.stdout).toMatch(/✖ measure complaints: DATABASE_UNREACHABLE/);
    expect(gone.code).toBe(3);
  });

  it('does not go on while a query gives no data, and says why', async () => {
    const database = new DatabaseSync(file);
    database.exec('alter table complaints rename to elsewhere');
    database.close();
    const run = project.start(['run', ...STAGING]);
    const seen = async (): Promise<string> =>
      JSON.stringify(
        (await store.read('swap/staging')).filter(({ kind }) => kind === 'gate.looked').at(-1)?.body ?? '',
      );
    while (!/no such table/.test(await seen())) await systemClock.sleep(50);
    expect(await seen()).toMatch(/"verdict":"insufficient"/);
    expect(run.said()).not.toContain('waiting for a person: Go on?');
    const back = new DatabaseSync(file);
    back.exec('alter table elsewhere rename to complaints');
    back.close();
    await until(run.said, 'waiting for a person: Go on?');
    run.child.kill('SIGINT');
    await run.ended;
  });
});
