import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { type Inspection, inspectPostgres, openStore, storePlace, type Store } from '../src/store/index.ts';
import { Connections } from '../src/store/postgres/connections.ts';
import { shapeOf } from '../src/store/postgres/inspect.ts';
import { RIGHTS, type Right, WORKERS } from '../src/store/postgres/rights.ts';
import { SHAPE } from '../src/store/postgres/shape.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';
import { CliProject, type Ended, PLAN } from './fixtures/cli-project.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
const STAGING = ['--environment', 'staging'];
const REASON = ['--reason', 'test'];

let server: Postgres;
let databases = 0;
let url: string;
let sql: pg.Client;
let project: CliProject;
const said: string[] = [];

const addressOf = (to: string) => ({ variable: 'STATE_URL', url: to, direct: null });
const place = (to = url) =>
  storePlace({ env: { CUTOVER_STORE: to }, cwd: '/', input: { sqlite: 'x' }, configFolder: '/' });

describe.skipIf(missing !== null)(`commands on PostgreSQL${missing === null ? '' : `: ${missing}`}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    url = await server.createDatabase(`state_${(databases += 1)}`);
    sql = new pg.Client({ connectionString: url });
    await sql.connect();
    project = await CliProject.create({ ...PLAN, store: { postgres: 'STATE_URL' } });
  });
  afterEach(async () => {
    await project.remove();
    await sql.end();
    // The password is in the environment and nowhere else.
    expect(said.splice(0).join('\n')).not.toContain(new URL(url).password);
  });

  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const ended = await project.run(args, { STATE_URL: url, ...env });
    said.push(ended.stdout, ended.stderr);
    return ended;
  }

  async function using<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(place(), { clock: systemClock });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  it('begin, carry on, show, explain and take back a run', async () => {
    const before = await run(['status', ...STAGING]);
    expect(before.code, before.stderr).toBe(0);
    expect((await sql.query(`select from pg_namespace where nspname = 'cutover'`)).rows).toEqual([]);
    const emergency = await run(['rollback', ...STAGING, ...REASON]);
    expect(emergency).toMatchObject({ code: 1, stderr: expect.stringContaining('has no state of cutover') });

    expect((await run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...REASON])).code).toBe(0);
    expect((await run(['flag', 'set', 'use_candidate', '0', ...STAGING, ...REASON])).code).toBe(0);
    const store = await openStore(place(), { clock: systemClock });
    const fleet = new SimulatedFleet(store, 'swap/staging', ['staging-1', 'staging-2']).start();
    const running = project.start(['run', ...STAGING], { STATE_URL: url });
    await expect.poll(() => running.said(), { timeout: 40_000 }).toContain('waiting for a person: Go on?');
    expect((await run(['status', ...STAGING])).stdout).toContain('✔ hold-1');
    const explained = await run(['gate', 'explain', ...STAGING]);
    expect(explained.stdout, explained.stderr).toMatch(/^matrix of staging-.*: pass$/m);
    const log = await run(['log', ...STAGING, '--json']);
    expect(log.stdout).toContain('"run.started"');
    expect((await run(['log', 'verify', ...STAGING])).code).toBe(0);
    expect((await run(['flag', 'list', ...STAGING])).code).toBe(0);
    const dry = await run(['rollback', ...STAGING, ...REASON, '--dry-run']);
    expect(dry.code, dry.stderr).toBe(0);
    const events = (await using((store) => store.read('swap/staging'))).length;
    const back = await run(['rollback', ...STAGING, ...REASON]);
    expect(back.code, back.stderr).toBe(0);
    const ended = await running.ended;
    said.push(ended.stdout, ended.stderr);
    expect(ended.code).toBe(5);
    expect((await using((store) => store.read('swap/staging'))).length).toBeGreaterThan(events);
    const replay = await run(['replay', ...STAGING]);
    expect(replay.code, replay.stderr).toBe(0);
    // Without the configuration, by the log alone.
    await project.write('export default {');
    const named = ['--store', 'postgres:STATE_URL', '--migration', 'swap'];
    const kill = await run(['kill', ...STAGING, ...REASON, ...named]);
    expect(kill.code, kill.stderr).toBe(0);
    await fleet.stop();
    await store.close();
  });

  it('refuse what only a file can do, and say what does it here', async () => {
    await run(['state', 'prepare']);
    expect(await run(['state', 'backup', 'x.db'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pg_dump --schema=cutover'),
    });
    expect(await run(['state', 'restore', 'x.db', '--confirm', 'swap'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('docs/operations/postgres.md'),
    });
    const uninstall = await run(['uninstall', '--state', '--confirm', 'swap']);
    expect(uninstall).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('drop schema cutover cascade'),
    });
    expect((await run(['uninstall', '--dry-run'])).code).toBe(0);
  });

  it('say what is wrong with the address, without it', async () => {
    const unset = await project.run(['status', ...STAGING]);
    expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('STATE_URL is not set') });
    const garbage = await project.run(['status', ...STAGING], { STATE_URL: 'secret-garbage' });
    expect(garbage).toMatchObject({ code: 2, stderr: expect.stringContaining('is no address') });
    expect(garbage.stderr).not.toContain('secret-garbage');
    const argument = await project.run(['status', ...STAGING, '--store', 'postgres://u:secret@h/d']);
    expect(argument).toMatchObject({ code: 2, stderr: expect.stringContaining('no place among arguments') });
    expect(argument.stderr).not.toContain('secret');
    await project.write(
      `export default ${JSON.stringify({ ...PLAN, store: { postgres: 'postgres://u:secret@h/d' } })}`,
    );
    const written = await run(['plan', 'validate']);
    expect(written.code).toBe(2);
    expect(written.stderr + written.stdout).toMatch(
      /store\.postgres: is not the name of an environment variable/,
    );
    expect(written.stderr + written.stdout).not.toContain('secret');
    const doctor = await project.run(['doctor', ...STAGING]);
    expect(doctor.stdout).not.toContain('secret');
  });

  it('are told by doctor what of the schema, the rights and the size is not as it should be', async () => {
    const early = await run(['doctor', ...STAGING]);
    expect(early.stdout).toMatch(/no PostgreSQL 127\.0\.0\.1:\d+\/state_\d+ \(STATE_URL\) yet/);
    const made = await run(['state', 'prepare', '--store', 'postgres:OWNER_DATABASE_URL'], {
      OWNER_DATABASE_URL: url,
    });
    expect(made.stdout).toContain('made');
    expect((await run(['state', 'prepare'])).stdout).toContain('is up to date');
    const sound = await run(['doctor', ...STAGING]);
    expect(sound.stdout).toMatch(/✔ schema cutover: format \d+, as this version makes it/);
    expect(sound.stdout).toContain('✔ rights: postgres can do the work of a controller');
    expect(sound.stdout).toContain('✔ changes: told by the server');
    expect(sound.stdout).toMatch(/✔ size: 0\.\d MB/);
    expect(sound.code, sound.stdout).toBe(0);
    await sql.query(`
      alter table cutover.leases alter column beat type integer;
      alter table cutover.events drop column v; alter table cutover.events add column note text;
      drop index cutover.telemetry_by_age; create index fast on cutover.events (at);
      insert into cutover.telemetry (stream, instance, at, body) values ('m/a', 'one', 0, '{}')`);
    const drifted = await run(['doctor', ...STAGING]);
    expect(drifted.code).toBe(3);
    for (const part of [
      'column leases.beat is integer not null, not bigint not null',
      'column events.v is missing (integer not null)',
      'column events.note is not ours (text)',
      'index telemetry_by_age is missing (on telemetry (at))',
      'index fast is not ours (on events (at))',
      '! size',
    ])
      expect(drifted.stdout).toContain(part);
  });

  it('know what they make', async () => {
    await run(['state', 'prepare']);
    const database = new Connections({ address: addressOf(url), clock: systemClock });
    expect(await shapeOf(database)).toEqual(SHAPE);
    await database.close();
  });

  it('with the roles of the docs each do their work, and nothing more', async () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/operations/postgres.md'), 'utf8');
    const [, script = ''] = /```sql\n([\s\S]*?)```/.exec(page) ?? [];
    await run(['state', 'prepare']);
    await sql.query(script);
    const logins: Record<string, string> = {};
    for (const worker of WORKERS) {
      const login = `${worker}_login`;
      await sql.query(`create role ${login} login password 'pw' in role cutover_${worker}`);
      const address = new URL(url);
      address.username = login;
      address.password = 'pw';
      logins[worker] = address.toString();
      const rows = await sql.query<{ name: string; right: Right }>(
        `select c.relname as name, r as "right" from pg_class c,
           unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) r
         where c.relnamespace = 'cutover'::regnamespace and c.relkind = 'r' and has_table_privilege('cutover_${worker}', c.oid, r)`,
      );
      const granted = rows.rows.map((row) => `${row.right} ${row.name}`).toSorted();
      const wanted = Object.entries(RIGHTS[worker]).flatMap(([table, all]) =>
        all.map((one) => `${one} ${table}`),
      );
      expect(granted, worker).toEqual(wanted.toSorted());
    }
    const { controller = '', instances = '', viewer = '' } = logins;
    const as = (login: string) => ({ STATE_URL: login });
    expect(
      (await run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...REASON], as(controller))).code,
    ).toBe(0);
    const app = await openStore(place(instances), { clock: systemClock });
    await app.report('swap/staging', 'one', {}, { n: 1 });
    expect(await app.routing('swap/staging')).toMatchObject({ epoch: 2 });
    expect(await app.pruneTelemetry(0)).toBeGreaterThanOrEqual(0);
    await expect(app.append('swap/staging', 2, [{ kind: 'x', v: 1, body: {} }])).rejects.toMatchObject({
      code: 'STORE_READ_ONLY',
    });
    await app.removeInstance('swap/staging', 'one');
    await app.close();
    const looking = await run(['status', ...STAGING], as(viewer));
    expect(looking.code, looking.stderr).toBe(0);
    const refused = await run(['flag', 'set', 'use_candidate', '20', ...STAGING, ...REASON], as(viewer));
    expect(refused.stderr).toContain('STORE_READ_ONLY');
    const doctor = await run(['doctor', ...STAGING], as(viewer));
    expect(doctor.stdout).toMatch(/! rights: viewer_login can only look: it lacks .*insert on events/);
    const back = await run(['rollback', ...STAGING, ...REASON], as(controller));
    expect(back.code, back.stderr).toBe(0);
    const found: Inspection = await inspectPostgres(addressOf(instances), systemClock);
    expect(found.lacks.instances).toEqual([]);
    for (const worker of WORKERS)
      await sql.query(
        `drop owned by cutover_${worker}; drop role ${worker}_login; drop role cutover_${worker}`,
      );
  });

  it('read a plan that names one place, and only one', () => {
    const parse = (store: unknown) => parsePlan({ ...PLAN, store });
    expect(parse({ postgres: 'A', direct: 'B' }).store).toEqual({ postgres: 'A', direct: 'B' });
    expect(() => parse({ sqlite: 'a', postgres: 'A' })).toThrow(/store: needs one place/);
    expect(() => parse({})).toThrow(/store: needs one place/);
    expect(() => parse({ sqlite: 'a', direct: 'B' })).toThrow(/store: has direct without postgres/);
  });
});
