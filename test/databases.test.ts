import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDatabase } from '../src/deploy/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { DatabaseFile } from '../src/plan/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

let project: CliProject;
let file: string;

beforeEach(async () => {
  project = await CliProject.create({ ...PLAN, databases: { app: { sqlite: 'app.db' } } });
  file = join(project.folder, 'app.db');
  const database = new DatabaseSync(file);
  database.exec(`
    create table owners (id integer primary key, name text);
    create table bikes (id integer primary key, owner integer references owners (id), frame text);
    create index bikes_by_frame on bikes (frame);
  `);
  for (let id = 1; id <= 50; id += 1) {
    database.prepare('insert into owners values (?, ?)').run(id, `owner ${id}`);
    database.prepare('insert into bikes values (?, ?, ?)').run(id, id, `frame ${id}`.padEnd(200, '.'));
  }
  database.close();
});
afterEach(() => project.remove());

/** Overwrites a text of an index page, so that the index does not fit its table. */
function damageIndex(): void {
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf('frame 33');
  const first = bytes.indexOf('frame 33');
  expect(first).not.toBe(at);
  const handle = openSync(file, 'r+');
  writeSync(handle, 'frame 99', at);
  closeSync(handle);
}

function orphan(count: number): void {
  const database = new DatabaseSync(file);
  database.exec('pragma foreign_keys = off');
  database.exec(`update bikes set owner = 1000 + id where id <= ${count}`);
  database.close();
}

const AUTO: DatabaseFile = { sqlite: 'app.db', check: 'auto', foreignKeys: true };
const check = (
  change: Partial<DatabaseFile> = {},
  path = file,
  signal: AbortSignal = new AbortController().signal,
) =>
  checkDatabase(
    'app',
    { ...AUTO, ...change, sqlite: path },
    { folder: project.folder, env: {}, clock: systemClock, signal },
  );

describe('the check of a database file', () => {
  it('finds nothing in one that is sound, also while somebody writes to it', async () => {
    const writer = new DatabaseSync(file);
    writer.exec("pragma journal_mode = wal; begin immediate; insert into owners values (1000, 'new')");
    const checks = await check();
    writer.exec('commit');
    writer.close();
    expect(checks.map((one) => [one.check, one.findings])).toEqual([
      ['integrity_check', []],
      ['foreign_key_check', []],
    ]);
  });

  it('finds an index that does not fit, unless it is to be quick', async () => {
    damageIndex();
    const [found] = await check();
    expect(found?.check).toBe('integrity_check');
    expect(found?.findings.join()).toMatch(/index bikes_by_frame/);
    expect(await check({ check: 'quick' })).toMatchObject([{ check: 'quick_check', findings: [] }, {}]);
  });

  it('counts rows that refer to none, unless that is meant', async () => {
    orphan(3);
    const [, found] = await check();
    expect(found).toMatchObject({
      check: 'foreign_key_check',
      findings: ['3 rows of bikes refer to no row of owners'],
    });
    expect(await check({ foreignKeys: false })).toMatchObject([{ findings: [] }]);
  });

  it('is quick by itself above 256 MiB', async () => {
    truncateSync(file, 256 * 2 ** 20 + 1);
    expect((await check())[0]?.check).toBe('quick_check');
    expect((await check({ check: 'full' }))[0]?.check).toBe('integrity_check');
  });

  it.each([
    ['is not there', (path: string) => `${path}.none`, /unable to open/],
    [
      'is no database',
      (path: string) => (writeFileSync(`${path}.txt`, 'x'.repeat(4_096)), `${path}.txt`),
      /not a database/,
    ],
  ])('takes a file that %s for a finding', async (_, make, message) => {
    const [found, ...more] = await check({}, make(file));
    expect(found?.findings.join()).toMatch(message);
    expect(more).toEqual([]);
  });

  it('ends at once when it is stopped', async () => {
    const [found] = await check({}, file, AbortSignal.abort(new Error('stopped')));
    expect(found?.findings).toEqual(['not checked: stopped']);
  });
});

describe('cutover', () => {
  let store: Store;
  let fleet: SimulatedFleet;
  beforeEach(async () => {
    store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
    fleet = new SimulatedFleet(store, 'swap/staging', ['staging-1']).start();
  });
  afterEach(async () => {
    await fleet.stop();
    await store.close();
  });

  const STAGING = ['--environment', 'staging'];
  const checked = async () =>
    (await store.read('swap/staging')).filter(({ kind }) => kind === 'databases.checked');
  it('exposes nothing while a database is not sound, looks again when told to, and after the last step', async () => {
    orphan(2);
    const run = project.start(['run', ...STAGING]);
    await run.until('PAUSED (database not sound)');
    expect(run.said()).toContain('DATABASE NOT SOUND before the first exposure');
    expect((await store.read('swap/staging')).some(({ kind }) => kind === 'exposure.set')).toBe(false);
    const database = new DatabaseSync(file);
    database.exec('update bikes set owner = 1 where owner > 1000');
    database.close();
    expect((await project.run(['resume', ...STAGING, '--reason', 'rows corrected'])).code).toBe(0);
    await run.until('waiting for a person: Go on?');
    expect(run.said()).toContain('databases sound before the first exposure');
    damageIndex();
    await project.run(['advance', '--choose', 'proceed', '--reason', 'because', ...STAGING]);
    const { code, stderr } = await run.ended;
    expect(stderr).toContain('DATABASE NOT SOUND after the last step');
    expect(stderr).toContain('bikes_by_frame');
    expect(code).toBe(0);
    const events = await checked();
    expect(events.map(({ body }) => Object(body).moment)).toEqual(['before', 'before', 'after']);
    expect(events.every(({ body }) => Object(body).tookMs > 0)).toBe(true);
  });

  it('looks at databases after a rollback, also when nobody carries the run', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: Go on?');
    run.child.kill('SIGINT');
    await run.ended;
    const back = await project.run(['rollback', ...STAGING, '--reason', 'because']);
    expect(back.stderr).toContain('looking at the databases');
    expect(back.code).toBe(0);
    expect((await checked()).map(({ body }) => Object(body).moment)).toEqual(['before', 'rollback']);
    expect((await project.run(['log', ...STAGING])).stdout).toContain('databases sound after the rollback');
  });

  it('doctor says which database is not sound', async () => {
    expect((await project.run(['doctor', ...STAGING])).stdout).toContain(
      '✔ database app: sound (integrity_check',
    );
    damageIndex();
    const { code, stdout } = await project.run(['doctor', ...STAGING]);
    expect(stdout).toContain('✖ database app: integrity_check:');
    expect(code).toBe(3);
  });
});
