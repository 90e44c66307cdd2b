import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyState } from '../src/cli/state/verify.ts';
import { parsePlan } from '../src/config/index.ts';
import { loadState, operate, register } from '../src/engine/index.ts';
import { type Json, systemClock } from '../src/kernel/index.ts';
import type { RoutingState } from '../src/route/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { CliProject, type Ended, PLAN } from './fixtures/cli-project.ts';

/** A process for each step: on a busy machine that takes a while. */
const MANY_RUNS_MS = 300_000;

const STAGING = 'swap/staging';
const PRODUCTION = 'swap/production';
const CONFIRM = ['--confirm', 'swap'];

let project: CliProject;
let backup: string;
const children: ChildProcess[] = [];
const { plan } = parsePlan(PLAN);

beforeEach(async () => {
  project = await CliProject.create();
  backup = join(project.folder, 'copy.db');
  await using((store) => register(store, systemClock, plan, 'staging'));
  await setFlag(10);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await project.remove();
});

/** The last one to close a file leaves one file, without a journal. */
async function using<T>(work: (store: Store) => Promise<T>, file = project.storeFile): Promise<T> {
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function setFlag(value: number | boolean): Promise<void> {
  await using((store) =>
    operate(store, systemClock, STAGING, {
      kind: 'set-flag',
      flag: 'use_candidate',
      value,
      actor: 'ana',
      reason: `wants ${value}`,
    }),
  );
}

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const makeBackup = (): Promise<Ended> => project.run(['state', 'backup', backup, '--json']);
const restore = (...more: readonly string[]): Promise<Ended> =>
  project.run(['state', 'restore', backup, ...more]);

async function epochIn(file: string, stream = STAGING): Promise<number | undefined> {
  return (await using((store) => store.routing(stream), file))?.epoch;
}

/** Events and heads of a file that has to be sound. */
async function content(file = project.storeFile): Promise<string> {
  const { streams, problems } = await verifyState(file, systemClock);
  expect(problems).toEqual([]);
  return streams
    .map(({ stream, events, head, epoch }) => `${stream} ${events.length} ${head} ${epoch}`)
    .join();
}

function sql(file: string, script: string): void {
  const database = new DatabaseSync(file);
  database.exec(script);
  database.close();
}

const named = (part: string, folder = join(project.folder, '.cutover')): readonly string[] =>
  readdirSync(folder).filter((name) => name.includes(part));

/**
 * A module that a Node loads first: it counts whatever changes a file, kills the process with -9 before the one that
 * `KILL_AT` names, and plays time twenty times as fast. `KILL_IN_COPY` kills so many milliseconds after a copy begins.
 */
const SABOTAGE = `
  import fs from 'node:fs';
  import sqlite from 'node:sqlite';
  import { syncBuiltinESMExports } from 'node:module';
  const at = Number(process.env.KILL_AT ?? 0);
  const inCopy = process.env.KILL_IN_COPY;
  let step = 0;
  const kill = () => process.kill(process.pid, 'SIGKILL');
  const before = (owner, name) => {
    const original = owner[name];
    owner[name] = function (...args) {
      if (++step === at) kill();
      return original.apply(this, args);
    };
  };
  for (const name of ['linkSync', 'renameSync', 'fsyncSync']) before(fs, name);
  for (const name of ['exec', 'close']) before(sqlite.DatabaseSync.prototype, name);
  const setTimer = globalThis.setTimeout;
  globalThis.setTimeout = (work, ms, ...args) => setTimer(work, ms / 20, ...args);
  const prepare = sqlite.DatabaseSync.prototype.prepare;
  sqlite.DatabaseSync.prototype.prepare = function (sql) {
    // The last statement before a copy begins.
    if (inCopy !== undefined && sql.includes('sqlite_schema')) setTimer(kill, Number(inCopy));
    return prepare.call(this, sql);
  };
  const now = performance.now.bind(performance);
  performance.now = () => now() * 20;
  syncBuiltinESMExports();
`;
const HOOK = `--no-warnings --import data:text/javascript,${encodeURIComponent(SABOTAGE)}`;

/** Once for every step, killed before it, and at last not killed. @returns how many steps there were */
async function killedAtEach(
  args: readonly string[],
  prepare: () => void,
  check: () => Promise<void>,
): Promise<number> {
  for (let at = 1; at < 200; at += 1) {
    prepare();
    const { code, stderr } = await project.run(args, { NODE_OPTIONS: HOOK, KILL_AT: String(at) });
    await check();
    if (code !== null) {
      expect(code, stderr).toBe(0);
      return at;
    }
  }
  throw new Error('it never came to its end');
}

describe('cutover state backup', () => {
  it('copies the whole file, says what is in it, and overwrites nothing', async () => {
    const { code, stdout } = await project.run(['state', 'backup', 'copy.db', '--json', '--read-only']);
    expect(code).toBe(0);
    const [event] = await using((store) => store.read(STAGING, 1));
    expect(json(stdout)).toEqual({
      schema: 'cutover.state-backup/1',
      file: backup,
      streams: [{ stream: STAGING, events: 2, head: event?.hash, epoch: 2 }],
      verified: true,
    });
    expect(await content(backup)).toBe(await content());
    const bytes = readFileSync(backup);
    const again = await project.run(['state', 'backup', 'copy.db']);
    expect(again.stderr).toContain('is there already');
    expect(again.code).toBe(2);
    expect(readFileSync(backup)).toEqual(bytes);
    expect(named('copy.db', project.folder)).toEqual(['copy.db']);
    expect((await project.run(['state', 'backup', 'no/such/folder/copy.db'])).stderr).toContain(
      'STORE_UNAVAILABLE',
    );
  });

  it('of a log that is broken gets no name', async () => {
    sql(project.storeFile, `update events set body = replace(body, '"ana"', '"eve"') where seq = 2`);
    const { code, stdout } = await makeBackup();
    expect(json(stdout)).toMatchObject({ verified: false, problems: [{ code: 'LOG_BROKEN' }] });
    expect(code).toBe(3);
    expect(named('copy.db', project.folder)).toEqual([]);
  });

  it('is a moment of the log while two processes append', async () => {
    const writers = ['one', 'two'].map((name) => {
      const program = join(import.meta.dirname, 'fixtures/store-writer.ts');
      const child = spawn(process.execPath, [program, project.storeFile, name, '1000000'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.push(child);
      const began = new Promise((resolve) => child.stdout.once('data', resolve));
      child.stdout.resume();
      return { child, began, ended: new Promise((resolve) => child.once('close', resolve)) };
    });
    await Promise.all(writers.map(({ began }) => began));
    const sizes: number[] = [];
    for (const name of ['a.db', 'b.db', 'c.db', 'd.db']) {
      const { code, stdout, stderr } = await project.run(['state', 'backup', name]);
      expect(code, stdout + stderr).toBe(0);
      const { streams, problems } = await verifyState(join(project.folder, name), systemClock);
      expect(problems).toEqual([]);
      sizes.push(streams.find(({ stream }) => stream === 'm/a')?.events.length ?? 0);
    }
    for (const { child } of writers) child.kill('SIGKILL');
    await Promise.all(writers.map(({ ended }) => ended));
    // Each is later than the one before, and all are the beginning of what there is at last.
    expect(sizes).toEqual(sizes.toSorted((one, other) => one - other));
    expect(new Set(sizes).size).toBe(4);
    const last = await verifyState(project.storeFile, systemClock);
    expect(last.problems).toEqual([]);
    const heads = last.streams.find(({ stream }) => stream === 'm/a')?.events.map(({ hash }) => hash) ?? [];
    const { streams } = await verifyState(join(project.folder, 'd.db'), systemClock);
    expect(heads).toContain(streams.find(({ stream }) => stream === 'm/a')?.head);
  });

  it(
    'killed anywhere leaves no file that is not a backup',
    async () => {
      const text = 'x'.repeat(100_000);
      await using(async (store) => {
        for (let count = 0; count < 300; count += 1) await store.report(STAGING, 'one', {}, { text });
      });
      const expected = await content();
      const prepare = (): void => {
        for (const name of named('copy.db', project.folder)) rmSync(join(project.folder, name));
      };
      const check = async (): Promise<void> => {
        if (existsSync(backup)) expect(await content(backup)).toBe(expected);
        expect(await content()).toBe(expected);
      };
      let killed = 0;
      for (const ms of [0, 2, 5, 10, 20, 40]) {
        const { code } = await project.run(['state', 'backup', backup], {
          NODE_OPTIONS: HOOK,
          KILL_IN_COPY: `${ms}`,
        });
        killed += code === null ? 1 : 0;
        await check();
        // What a killed one left is no obstacle for the next.
        if (code === 0) prepare();
      }
      expect(killed).toBeGreaterThan(0);
      expect((await makeBackup()).code).toBe(0);
      expect(await killedAtEach(['state', 'backup', backup], prepare, check)).toBeGreaterThan(8);
    },
    MANY_RUNS_MS,
  );
});

describe('cutover state restore', () => {
  it('puts a backup in place, keeps what was there, and raises the epoch above it', async () => {
    await makeBackup();
    await setFlag(20);
    await setFlag(30);
    await using((store) => store.takeLease(STAGING, 'one', undefined));
    const before = await content();
    const { code, stdout, stderr } = await restore(...CONFIRM, '--json');
    expect(stderr).toContain('2 events, 3 to 4');
    expect(stderr).toContain('wants 30');
    expect(code, stdout + stderr).toBe(0);
    const document = json(stdout);
    expect(document).toMatchObject({
      schema: 'cutover.state-restore/1',
      restored: true,
      verified: true,
      present: 'sound',
      lost: [{ stream: STAGING, events: 2, from: 3, to: 4, others: 0 }],
      raised: [{ stream: STAGING, from: 2, to: 5 }],
      streams: [{ stream: STAGING, events: 5, epoch: 5 }],
    });
    expect(await content(String(document['aside']))).toBe(before);
    await content();
    const [routing, lease] = await using(async (store) => [
      (await store.routing(STAGING))?.body as RoutingState | undefined,
      await store.lease(STAGING),
    ]);
    expect(routing?.global).toMatchObject({ exposure: 1_000, killed: false });
    // The next controller gets a token that no one before it had.
    expect(lease).toMatchObject({ fence: 1, released: true });
    // It goes on from there.
    await setFlag(40);
    expect(await epochIn(project.storeFile)).toBe(6);
    expect(named('state.db').filter((name) => !name.includes('.before-'))).toEqual(['state.db']);
  });

  it('changes nothing but the epoch when it raises it', async () => {
    const registered = await using((store) => loadState(store, STAGING));
    const raised = await using((store) => register(store, systemClock, plan, 'staging'));
    expect(raised.routing).toEqual(registered.routing);
    await makeBackup();
    await setFlag(false);
    await restore(...CONFIRM);
    const { routing, slots, run, registration } = await using((store) => loadState(store, STAGING));
    expect({ ...routing, epoch: 0 }).toEqual({ ...registered.routing, epoch: 0 });
    expect({ slots, run, registration }).toEqual({
      slots: registered.slots,
      run: registered.run,
      registration: registered.registration,
    });
  });

  it('says what would be lost and changes nothing without the plan’s id', async () => {
    await makeBackup();
    await setFlag(false);
    const before = await content();
    for (const more of [[], ['--confirm', 'swop']]) {
      const { code, stderr } = await restore(...more);
      expect(stderr).toMatch(/The log would lose:\n {2}swap\/staging: \d events?, 3 to/);
      expect(stderr).toContain('The candidate would serve again in swap/staging');
      expect(stderr).toContain('CONFIRMATION_NEEDED');
      expect(code).toBe(4);
    }
    expect(await content()).toBe(before);
    expect(named('.before-')).toEqual([]);
    expect(named('.restore-')).toEqual([]);
    expect((await restore(...CONFIRM, '--read-only')).stderr).toContain('READ_ONLY');
  });

  it('refuses while an instance, a controller or any other process is on the file, and names who', async () => {
    await makeBackup();
    await setFlag(20);
    const before = await content();
    const store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
    try {
      await store.takeLease(STAGING, 'host:77', undefined);
      const beating = setInterval(() => {
        void store.report(STAGING, 'staging-1', {} as Json);
        void store.renewLease(STAGING, 1);
      }, 300);
      const { code, stderr } = await restore(...CONFIRM, '--json');
      clearInterval(beating);
      expect(json(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
        code: 'RUN_ACTIVE',
        details: {
          alive: [
            { kind: 'controller', name: 'host:77', stream: STAGING },
            { kind: 'instance', name: 'staging-1', stream: STAGING },
          ],
        },
      });
      expect(code).toBe(1);
      // Silent, and still there.
      const silent = await restore(...CONFIRM);
      expect(silent.stderr).toContain('RUN_ACTIVE');
      expect(silent.stderr).toContain('a process has it open');
      expect(silent.code).toBe(1);
    } finally {
      await store.close();
    }
    expect(await content()).toBe(before);
    expect((await restore(...CONFIRM)).code).toBe(0);
  });

  it('refuses a file that is cut, edited, foreign, or no state file at all', async () => {
    await makeBackup();
    await setFlag(20);
    const before = await content();
    const good = join(project.folder, 'good.db');
    renameSync(backup, good);
    const refused = async (spoil: () => void, codeText: string): Promise<void> => {
      rmSync(backup, { force: true });
      copyFileSync(good, backup);
      spoil();
      const { code, stdout, stderr } = await restore(...CONFIRM);
      expect(stdout + stderr).toContain(codeText);
      expect(code, codeText).toBe(codeText === 'USAGE' ? 2 : 3);
    };
    await refused(() => truncateSync(backup, 9_000), 'STORE_CORRUPT');
    await refused(() => truncateSync(backup, 0), 'STORE_CORRUPT');
    await refused(() => writeFileSync(backup, 'no database, however you look at it'), 'STORE_CORRUPT');
    await refused(
      () => sql(backup, `update events set body = replace(body, 'ana', 'eve') where seq = 2`),
      'LOG_BROKEN',
    );
    await refused(() => sql(backup, 'delete from events where seq = 1'), 'LOG_BROKEN');
    await refused(() => sql(backup, 'update routing set epoch = 9'), 'STORE_CORRUPT');
    await refused(
      () => sql(backup, `update routing set body = replace(body, '"exposure":1000', '"exposure":9000')`),
      'STORE_CORRUPT',
    );
    await refused(() => sql(backup, 'drop table leases; drop table routing'), 'STORE_CORRUPT');
    await refused(() => {
      rmSync(backup);
      sql(backup, 'create table notes (text)');
    }, 'STORE_VERSION');
    rmSync(backup);
    expect((await restore(...CONFIRM)).stderr).toContain('STORE_UNAVAILABLE');
    await using((store) => store.append('other/staging', 0, [{ kind: 'test', v: 1, body: {} }]), backup);
    await expect(restore(...CONFIRM)).resolves.toMatchObject({ code: 2 });
    expect(await content()).toBe(before);
    expect(named('.before-')).toEqual([]);
  });

  it('refuses an epoch that would go back and cannot be raised, and the way back over a point of no return', async () => {
    await makeBackup();
    await using((store) => register(store, systemClock, plan, 'production'));
    const { code, stderr } = await restore(...CONFIRM);
    expect(stderr).toContain('RUN_STATE');
    expect(stderr).toContain('swap/production is at epoch 1');
    expect(code).toBe(1);
    expect(await epochIn(project.storeFile, PRODUCTION)).toBe(1);
    const state = await using((store) => loadState(store, STAGING));
    await using((store) =>
      store.append(
        STAGING,
        state.seq,
        [
          {
            kind: 'exposure.set',
            v: 1,
            body: {
              exposure: 10_000,
              of: 'traffic',
              repositories: null,
              byEnvironment: false,
              slots: [],
              pointOfNoReturn: true,
            },
          },
        ],
        {
          routing: {
            epoch: 3,
            body: { ...(state.routing as unknown as Record<string, Json>), epoch: 3, failSide: 'candidate' },
          },
        },
      ),
    );
    expect((await restore(...CONFIRM)).stderr).toContain('POINT_OF_NO_RETURN');
  });

  it('repairs a log that was broken, above the epoch that instances know', async () => {
    await makeBackup();
    await setFlag(20);
    sql(project.storeFile, `update events set body = replace(body, 'ana', 'eve') where seq = 2`);
    const { code, stdout, stderr } = await restore(...CONFIRM, '--json');
    expect(stderr).toContain('LOG_BROKEN');
    expect(code, stderr).toBe(0);
    expect(json(stdout)).toMatchObject({ present: 'damaged', raised: [{ from: 2, to: 4 }] });
  });

  it('takes the place of a file that is gone or ruined, and says what instances do', async () => {
    await makeBackup();
    const expected = await content();
    writeFileSync(`${project.storeFile}-wal`, 'of another file');
    rmSync(project.storeFile);
    const gone = await restore(...CONFIRM);
    expect(gone.stderr).toContain('instances that run keep their state until they are restarted');
    expect(gone.code, gone.stderr).toBe(0);
    expect(await content()).toBe(expected);
    for (const size of [0, 40, 6_000]) {
      truncateSync(project.storeFile, size);
      const ruined = await restore(...CONFIRM, '--json');
      expect(ruined.code, ruined.stdout + ruined.stderr).toBe(0);
      expect(json(ruined.stdout)).toMatchObject({ present: 'damaged' });
      expect(await content()).toBe(expected);
    }
    expect(named('.before-')).toHaveLength(3);
  });

  it(
    'killed anywhere leaves the one state or the other, whole',
    async () => {
      await makeBackup();
      await setFlag(20);
      const present = await content();
      const kept = join(project.folder, 'kept.db');
      copyFileSync(project.storeFile, kept);
      const seen = new Set<string>();
      const prepare = (): void => {
        for (const name of named('state.db')) rmSync(join(project.folder, '.cutover', name));
        copyFileSync(kept, project.storeFile);
      };
      const check = async (): Promise<void> => {
        const now = await content();
        if (now === present) return void seen.add('present');
        expect(await epochIn(project.storeFile)).toBe(4);
        for (const name of named('.before-'))
          expect(await content(join(project.folder, '.cutover', name))).toBe(present);
        expect(named('.before-')).toHaveLength(1);
        seen.add('restored');
      };
      const steps = await killedAtEach(['state', 'restore', backup, ...CONFIRM], prepare, check);
      expect(steps).toBeGreaterThan(20);
      expect([...seen].toSorted()).toEqual(['present', 'restored']);
    },
    MANY_RUNS_MS,
  );
});
