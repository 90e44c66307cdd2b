import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, operate, registrationOf } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { AgentStatus } from '../src/repository/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { ask, ForkedApps, seen, serves, SWAP } from './fixtures/forked-app.ts';
import { Served } from './fixtures/served.ts';

const stream = 'swap/production';
const by = { actor: 'ana', reason: 'test' };
const PATIENCE = { timeout: 60_000 };

let served: Served;
let token: string;
const apps = new ForkedApps();

beforeEach(async () => {
  served = await Served.create({}, SWAP);
  token = await served.token('shop', ['instance'], { scopes: [stream] });
});

afterEach(async () => {
  apps.end();
  await served.remove();
});

type From = 'store' | 'server';
const envOf = (from: From): Record<string, string> =>
  from === 'store' ? {} : { CUTOVER_SERVER: served.url, CUTOVER_TOKEN: token };
const app = (from: From, name = 'i1', telemetry = '1h'): Promise<ChildProcess> =>
  apps.start('node-app.ts', [from === 'store' ? served.file : '', name, telemetry], {
    cwd: served.folder,
    env: envOf(from),
  });
const set = (value: boolean | number) =>
  operate(served.store, systemClock, stream, { kind: 'set-flag', flag: 'USE_SWAP', value, ...by });
const statusOf = async (name: string): Promise<AgentStatus | undefined> =>
  (await served.store.instances(stream)).find(({ instance }) => instance === name)?.body as
    | AgentStatus
    | undefined;
const ENDS = ['', '-wal', '-shm'];
const removeFile = (): void => {
  for (const end of ENDS) rmSync(served.file + end, { force: true });
};
/** As a person would: with nothing else on it. */
function copy(from: string, to: string): void {
  for (const end of ENDS) rmSync(to + end, { force: true });
  copyFileSync(from, to);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
}

describe.each(['store', 'server'] as const)('an instance whose source is the %s', (from) => {
  it('registers, takes a change within moments, acknowledges it, reports, and leaves in good order', async () => {
    const child = await app(from);
    await expect.poll(async () => (await statusOf('i1'))?.acknowledged, PATIENCE).toBe(1);
    const began = performance.now();
    const { state } = await set(true);
    await expect
      .poll(async () => (await statusOf('i1'))?.acknowledged, { ...PATIENCE, interval: 1 })
      .toBe(state.routing?.epoch);
    console.log(`acknowledged after ${(performance.now() - began).toFixed(1)}ms`);
    await serves(child, 'candidate');
    await expect
      .poll(
        async () =>
          (await served.store.telemetry(stream, 0)).some(({ body }) =>
            JSON.stringify(body).includes('"candidate"'),
          ),
        PATIENCE,
      )
      .toBe(true);
    expect((await statusOf('i1'))?.mark?.seq).toBe(state.seq);
    const gauges = Object((await served.store.telemetry(stream, 0)).at(-1)?.body).gauges;
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
    expect(await served.store.instances(stream)).toEqual([]);
    expect(existsSync(join(served.folder, '.cutover/swap.production.i1.last.json'))).toBe(true);
  });

  it('does not acknowledge a kill while a pin of an older epoch lives, and keeps the pin where it was', async () => {
    const child = await app(from);
    await set(true);
    await serves(child, 'candidate');
    await ask(child, 'pin');
    const { state } = await set(false);
    await serves(child, 'control');
    await expect
      .poll(() => statusOf('i1'), PATIENCE)
      .toMatchObject({ applied: state.routing?.epoch, pins: 1 });
    expect((await statusOf('i1'))?.acknowledged).toBeLessThan(state.routing?.epoch ?? 0);
    expect(await ask(child, 'release')).toEqual({ before: 'candidate', after: 'candidate' });
    await expect.poll(async () => (await statusOf('i1'))?.acknowledged, PATIENCE).toBe(state.routing?.epoch);
  });

  it('takes its fail side before its lease is over when it was frozen, before it answers anything else', async () => {
    const child = await app(from);
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

  it('starts on what it last knew where there is nothing to ask, and goes on when there is', async () => {
    const first = await app(from);
    await set(true);
    await serves(first, 'candidate');
    await set(false);
    await serves(first, 'control', 'killed');
    // It is written while the kill is taken. Until then a start would be on the same side, as one that knows nothing.
    const last = join(served.folder, '.cutover/swap.production.i1.last.json');
    await expect.poll(() => JSON.parse(readFileSync(last, 'utf8')).global.killed, PATIENCE).not.toBe(false);
    first.kill('SIGKILL');
    let child = first;
    await served.away(async () => {
      removeFile();
      writeFileSync(served.file, 'not a database');
      child = await app(from);
      await systemClock.sleep(500);
      expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'killed' });
      removeFile();
    });
    await set(true);
    await serves(child, 'candidate');
  });

  it('takes its fail side when the state is gone, and does not believe another one that is behind', async () => {
    const child = await app(from);
    await set(50);
    await set(true);
    await serves(child, 'candidate');
    await served.away(async () => {
      removeFile();
      await serves(child, 'control', 'stale');
      expect((await seen(child)).failed).toBe(0);
    });
    // It has reported there, and was told a lower epoch than its own.
    await expect.poll(() => statusOf('i1'), PATIENCE).toBeDefined();
    await systemClock.sleep(2_500);
    expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'stale' });
  });

  it('is not believed about an epoch of another past: an older state file was put in place by hand', async () => {
    const child = await app(from);
    await set(50);
    const older = `${served.file}.older`;
    await served.away(() => copy(served.file, older));
    await set(true);
    await serves(child, 'candidate');
    await ask(child, 'pin');
    await served.away(() => copy(older, served.file));
    // The same number as the epoch that is applied there, and the opposite of it.
    const { state } = await set(false);
    const epoch = state.routing?.epoch ?? 0;
    await expect.poll(() => statusOf('i1'), PATIENCE).toMatchObject({ applied: epoch });
    const fleet = new Fleet(served.store, stream, 1_500);
    const view = async () => (await fleet.look(() => performance.now()))[0];
    expect(await view()).toMatchObject({
      isForeign: true,
      status: { acknowledged: 0, notes: [expect.stringContaining('of another log')] },
    });
    await serves(child, 'control', 'stale');
    // The next one is above all that it knows. What is pinned to the other past holds its acknowledgement back.
    await operate(served.store, systemClock, stream, {
      kind: 'register',
      registration: registrationOf(served.plan, 'production'),
    });
    await expect.poll(() => statusOf('i1'), PATIENCE).toMatchObject({ applied: epoch + 1, pins: 1 });
    expect(await view()).toMatchObject({ status: { acknowledged: 0, notes: [] } });
    expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'killed' });
    await ask(child, 'release');
    await expect.poll(view, PATIENCE).toMatchObject({ status: { acknowledged: epoch + 1 } });
  });

  it('obeys a kill file without any store', async () => {
    const child = await app(from);
    await set(true);
    await serves(child, 'candidate');
    writeFileSync(join(served.folder, '.cutover/swap.kill'), '');
    await expect.poll(async () => (await seen(child)).which.why, PATIENCE).toBe('local kill');
    rmSync(join(served.folder, '.cutover/swap.kill'));
    await serves(child, 'candidate');
  });
});

describe('an instance at a state file', () => {
  it('removes what was reported longer ago than the plan keeps it', async () => {
    const hours = (ago: number) => ({ ...systemClock, now: () => Date.now() - ago * 3_600_000 });
    for (const ago of [50, 40, 2]) {
      const past = await openSqliteStore({ file: served.file, clock: hours(ago) });
      await past.report(stream, `${ago} hours ago`, {}, {});
      await past.close();
    }
    const kept = async () =>
      (await served.store.telemetry(stream, 0))
        .map(({ instance }) => instance)
        .filter((name) => name !== 'i1');
    await app('store', 'i1', '2d');
    await expect.poll(kept, PATIENCE).toEqual(['40 hours ago', '2 hours ago']);
    await app('store');
    await expect.poll(kept, PATIENCE).toEqual([]);
  });

  it('loses no call and is not stalled while another process locks the file; telemetry goes on afterwards', async () => {
    const child = await app('store');
    await set(true);
    await serves(child, 'candidate');
    const quiet = await seen(child)
      .then(() => systemClock.sleep(2_000))
      .then(() => seen(child));
    const locker = spawn(process.execPath, [
      '-e',
      `const d = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(served.file)}); d.exec('begin exclusive'); console.log('locked'); setTimeout(() => d.exec('commit'), 4000)`,
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
    const head = await served.store.telemetryHead(stream);
    await expect.poll(() => served.store.telemetryHead(stream), PATIENCE).toBeGreaterThan(head);
    await serves(child, 'candidate');
  });

  it('does not start with an override that is neither true nor false', async () => {
    const child = await apps.start('node-app.ts', [served.file, 'i1'], {
      env: { USE_SWAP: 'maybe' },
      stderr: 'pipe',
      isReady: false,
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain('USE_SWAP="maybe" is neither true nor false');
  });
});
