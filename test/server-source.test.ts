import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCutover } from '../src/index.ts';
import { Fleet, operate } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { fromServer, serverlessSource } from '../src/serverless/index.ts';
import { ForkedApps, seen, serves, SWAP } from './fixtures/forked-app.ts';
import { Served } from './fixtures/served.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';

const PATIENCE = { timeout: 20_000, interval: 10 };
const stream = 'swap/production';

let served: Served;
let token: string;
const apps = new ForkedApps();

beforeEach(async () => {
  served = await Served.create({}, SWAP);
  token = await served.token('shop', ['instance', 'operator'], { scopes: ['swap/production'] });
});

afterEach(async () => {
  apps.end();
  await served.remove();
});

const app = (server = served.url): Promise<ChildProcess> =>
  apps.start('node-app.ts', ['', 'i1'], {
    cwd: served.folder,
    env: { CUTOVER_SERVER: server, CUTOVER_TOKEN: token },
  });
const set = (value: boolean | number) =>
  operate(served.store, systemClock, stream, {
    kind: 'set-flag',
    flag: 'USE_SWAP',
    value,
    actor: 'ana',
    reason: 'test',
  });

describe('an instance behind a server', () => {
  it('takes its fail side when the server is gone, loses no call, and goes on when it is back', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    const port = Number(new URL(served.url).port);
    await served.stop();
    await serves(child, 'control', 'stale');
    expect((await seen(child)).failed).toBe(0);
    await served.start(port);
    await serves(child, 'candidate');
  });

  it('believes no token that was revoked, nor one for somewhere else', async () => {
    token = await served.token('other', ['instance'], { scopes: ['other/production'] });
    const child = await app();
    await set(true);
    await systemClock.sleep(1_000);
    await serves(child, 'control');
    expect(await served.store.instances(stream)).toEqual([]);
  });

  it.each(['cut', 'hold'] as const)(
    'behind a network that is half open (%s) is on its fail side before its lease counts as over, and comes back',
    async (fault) => {
      const proxy = await TcpProxy.to(Number(new URL(served.url).port));
      try {
        const child = await app(proxy.url);
        await set(true);
        await serves(child, 'candidate');
        const fleet = new Fleet(served.store, stream, 1_500);
        const liveness = async () => (await fleet.look(() => performance.now()))[0]?.liveness;
        await expect.poll(liveness, PATIENCE).toBe('live');
        await seen(child);
        proxy[fault]();
        // The first look that counts it as gone: it has to be on its fail side by then, and not a moment later.
        await expect.poll(liveness, PATIENCE).toBe('gone');
        expect((await seen(child)).which).toMatchObject({ side: 'control', why: 'stale' });
        const { state } = await set(50);
        await seen(child);
        await systemClock.sleep(300);
        expect(await seen(child)).toMatchObject({ candidate: 0, failed: 0 });
        if (fault === 'cut') proxy.mend();
        else proxy.letGo();
        await expect.poll(liveness, PATIENCE).toBe('live');
        const applied = async () => Object((await served.store.instances(stream))[0]?.body).applied;
        await expect.poll(applied, PATIENCE).toBe(state.routing?.epoch);
        await serves(child, 'candidate');
        expect((await seen(child)).failed).toBe(0);
      } finally {
        proxy.close();
      }
    },
  );
});

describe('a function behind a server', () => {
  it('reads a state by asking, sends what it counted, and is waited for by nobody', async () => {
    const plan = { id: 'swap', flag: { name: 'USE_SWAP' }, repositories: { user: {} } } as const;
    const reached = fromServer(plan, { server: served.url, token, environment: 'production' });
    const source = serverlessSource(plan, { environment: 'production', firstWait: '5s', ...reached });
    const cutover = createCutover(plan, { source });
    const side = (name: string) => ({ find: () => Promise.resolve(name) });
    const users = cutover.repository('user', {
      control: side('control'),
      candidate: side('candidate'),
      reads: ['find'],
    });
    await set(true);
    const rest: Promise<unknown>[] = [];
    await source.begin({ waitUntil: (promise) => rest.push(promise) });
    expect(await users.find()).toBe('candidate');
    await set(false);
    await source.refresh();
    expect(await users.find()).toBe('control');
    await source.refresh();
    await source.close();
    await Promise.all(rest);
    const told = JSON.stringify(await served.store.telemetry(stream, 0));
    expect(told).toContain('"candidate"');
    expect(await served.store.instances(stream)).toEqual([]);
  });
});
