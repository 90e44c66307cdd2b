import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { Fleet, operate, register, registrationOf } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { AgentStatus, Explanation } from '../src/repository/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';

const stream = 'swap/production';
const by = { actor: 'ana', reason: 'test' };
const { plan } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  flag: { name: 'USE_SWAP' },
  repositories: { user: {} },
  environments: { production: {} },
  instances: { lease: '1.5s' },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [
    { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
  ],
  rollback: { budget: '1m' },
});

type Seen = {
  readonly control: number;
  readonly candidate: number;
  readonly failed: number;
  readonly first: string | null;
  readonly delayP99Ms: number;
  readonly which: Explanation;
};

let folder: string;
let file: string;
let store: Store;
const apps: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-node-'));
  file = join(folder, 'state.db');
  store = await openSqliteStore({ file, clock: systemClock });
  await register(store, systemClock, plan, 'production');
});

afterEach(async () => {
  for (const app of apps.splice(0)) app.kill('SIGKILL');
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function app(name = 'i1', env: Record<string, string> = {}, telemetry = '1h'): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'fixtures/node-app.ts'), [file, name, telemetry], {
    env: { ...process.env, ...env },
  });
  apps.push(child);
  await once(child, 'message');
  return child;
}

async function ask<T>(child: ChildProcess, question: string): Promise<T> {
  const answer = once(child, 'message');
  child.send(question);
  const [message] = (await answer) as [T];
  return message;
}

const seen = (child: ChildProcess): Promise<Seen> => ask<Seen>(child, 'seen');
const set = (value: boolean | number) =>
  operate(store, systemClock, stream, { kind: 'set-flag', flag: 'USE_SWAP', value, ...by });
const statusOf = async (name: string): Promise<AgentStatus | undefined> =>
  (await store.instances(stream)).find(({ instance }) => instance === name)?.body as AgentStatus | undefined;
/** As a person would: with nothing else on it. */
async function copyTo(to: string): Promise<void> {
  await store.close();
  copyFileSync(file, to);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${to}-wal`);
  store = await openSqliteStore({ file, clock: systemClock });
}
async function replaceBy(from: string): Promise<void> {
  await store.close();
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  copyFileSync(from, file);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${file}-wal`);
  store = await openSqliteStore({ file, clock: systemClock });
}
const serves = (child: ChildProcess, side: string) =>
  expect.poll(async () => (await seen(child)).which.side, { timeout: 20_000 }).toBe(side);

describe('an instance', () => {
  it('registers, takes a change within moments, acknowledges it, reports, and leaves in good order', async () => {
    const child = await app();
    await expect.poll(async () => (await statusOf('i1'))?.acknowledged, { timeout: 20_000 }).toBe(1);
    const began = performance.now();
    const { state } = await set(true);
    await expect
      .poll(async () => (await statusOf('i1'))?.acknowledged, { timeout: 20_000, interval: 1 })
      .toBe(state.routing?.epoch);
    console.log(`acknowledged after ${(performance.now() - began).toFixed(1)}ms`);
    await serves(child, 'candidate');
    await expect
      .poll(
        async () =>
          (await store.telemetry(stream, 0)).some(({ body }) => JSON.stringify(body).includes('"candidate"')),
        { timeout: 20_000 },
      )
      .toBe(true);
    const gauges = Object((await store.telemetry(stream, 0)).at(-1)?.body).gauges;
    expect(gauges).toMatchObject({
      connections: 3,
      rss: expect.any(Number),
      heap: expect.any(Number),
      cpu: expect.any(Number),
      eventLoopDelay: expect.any(Number),
    });
    const ended = once(child, 'exit');
    child.send('close');
    expect(await ended).toEqual([0, null]);
    expect(await store.instances(stream)).toEqual([]);
    expect(existsSync(join(folder, 'swap.production.i1.last.json'))).toBe(true);
  });

  it('removes what was reported longer ago than the plan keeps it', async () => {
    const hours = (ago: number) => ({ ...systemClock, now: () => Date.now() - ago * 3_600_000 });
    for (const ago of [50, 40, 2]) {
      const past = await openSqliteStore({ file, clock: hours(ago) });
      await past.report(stream, `${ago} hours ago`, {}, {});
      await past.close();
    }
    const kept = async () =>
      (await store.telemetry(stream, 0)).map(({ instance }) => instance).filter((name) => name !== 'i1');
    await app('i1', {}, '2d');
    await expect.poll(kept, { timeout: 20_000 }).toEqual(['40 hours ago', '2 hours ago']);
    await app('i1');
    await expect.poll(kept, { timeout: 20_000 }).toEqual([]);
  });

  it('does not acknowledge a kill while a pin of an older epoch lives, and keeps the pin where it was', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    await ask(child, 'pin');
    const { state } = await set(false);
    await serves(child, 'control');
    await expect
      .poll(() => statusOf('i1'), { timeout: 20_000 })
      .toMatchObject({ applied: state.routing?.epoch, pins: 1 });
    expect((await statusOf('i1'))?.acknowledged).toBeLessThan(state.routing?.epoch ?? 0);
    expect(await ask(child, 'release')).toEqual({ before: 'candidate', after: 'candidate' });
    await expect
      .poll(async () => (await statusOf('i1'))?.acknowledged, { timeout: 20_000 })
      .toBe(state.routing?.epoch);
  });

  it('loses no call and is not stalled while another process locks the file; telemetry goes on afterwards', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    const quiet = await seen(child)
      .then(() => systemClock.sleep(2_000))
      .then(() => seen(child));
    const locker = spawn(process.execPath, [
      '-e',
      `const d = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)}); d.exec('begin exclusive'); console.log('locked'); setTimeout(() => d.exec('commit'), 4000)`,
    ]);
    await once(locker.stdout, 'data');
    await seen(child);
    await systemClock.sleep(3_500);
    const during = await seen(child);
    await once(locker, 'exit');
    console.log(
      `event loop delay p99: ${quiet.delayP99Ms.toFixed(1)}ms alone, ${during.delayP99Ms.toFixed(1)}ms while the file is locked`,
    );
    expect(during.failed).toBe(0);
    expect(during.control + during.candidate).toBeGreaterThan(200);
    // Its lease could not be renewed, so before the end it was on the fail side.
    expect(during.which).toMatchObject({ side: 'control', why: 'stale' });
    const head = await store.telemetryHead(stream);
    await expect.poll(() => store.telemetryHead(stream), { timeout: 20_000 }).toBeGreaterThan(head);
    await serves(child, 'candidate');
  });

  it('takes its fail side before its lease is over when it was frozen, before it answers anything else', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    child.kill('SIGSTOP');
    await systemClock.sleep(2_500);
    const asked = seen(child);
    child.kill('SIGCONT');
    await asked;
    await serves(child, 'candidate');
    // The same with a kill that it slept through.
    await seen(child);
    child.kill('SIGSTOP');
    await set(false);
    await systemClock.sleep(2_500);
    child.kill('SIGCONT');
    await serves(child, 'control');
    expect((await seen(child)).candidate).toBe(0);
  });

  it('starts on control without a store, on what it last knew without this one, and finds it when it comes back', async () => {
    const first = await app();
    await set(true);
    await serves(first, 'candidate');
    await set(false);
    await serves(first, 'control');
    first.kill('SIGKILL');
    await store.close();
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    writeFileSync(file, 'not a database');
    const child = await app();
    await systemClock.sleep(500);
    expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'killed' });
    rmSync(file);
    store = await openSqliteStore({ file, clock: systemClock });
    await register(store, systemClock, plan, 'production');
    await set(true);
    await serves(child, 'candidate');
  });

  it('takes its fail side when the store is gone, and does not believe another one that is behind', async () => {
    const child = await app();
    await set(50);
    await set(true);
    await serves(child, 'candidate');
    await store.close();
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    await serves(child, 'control');
    expect((await seen(child)).failed).toBe(0);
    store = await openSqliteStore({ file, clock: systemClock });
    await register(store, systemClock, plan, 'production');
    await systemClock.sleep(2_500);
    expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'stale' });
  });

  it('is not believed about an epoch of another past: an older state file was put in place by hand', async () => {
    const child = await app();
    await set(50);
    await copyTo(`${file}.older`);
    await set(true);
    await serves(child, 'candidate');
    await ask(child, 'pin');
    await replaceBy(`${file}.older`);
    // The same number as the epoch that is applied there, and the opposite of it.
    const { state } = await set(false);
    const epoch = state.routing?.epoch ?? 0;
    await expect.poll(() => statusOf('i1'), { timeout: 20_000 }).toMatchObject({ applied: epoch });
    const fleet = new Fleet(store, stream, 1_500);
    const view = async () => (await fleet.look(() => performance.now()))[0];
    expect(await view()).toMatchObject({
      isForeign: true,
      status: { acknowledged: 0, notes: [expect.stringContaining('of another log')] },
    });
    await serves(child, 'control');
    expect((await seen(child)).which).toMatchObject({ why: 'stale' });
    // The next one is above all that it knows. What is pinned to the other past holds its acknowledgement back.
    await operate(store, systemClock, stream, {
      kind: 'register',
      registration: registrationOf(plan, 'production'),
    });
    await expect
      .poll(() => statusOf('i1'), { timeout: 20_000 })
      .toMatchObject({ applied: epoch + 1, pins: 1 });
    expect(await view()).toMatchObject({ status: { acknowledged: 0, notes: [] } });
    expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'killed' });
    await ask(child, 'release');
    await expect.poll(view, { timeout: 20_000 }).toMatchObject({ status: { acknowledged: epoch + 1 } });
  });

  it('obeys a kill file without any store', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    writeFileSync(join(folder, 'swap.kill'), '');
    await expect.poll(async () => (await seen(child)).which.why, { timeout: 20_000 }).toBe('local kill');
    rmSync(join(folder, 'swap.kill'));
    await serves(child, 'candidate');
  });

  it('does not start with an override that is neither true nor false', async () => {
    const child = fork(join(import.meta.dirname, 'fixtures/node-app.ts'), [file, 'i1'], {
      env: { ...process.env, USE_SWAP: 'maybe' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain('USE_SWAP="maybe" is neither true nor false');
  });
});
