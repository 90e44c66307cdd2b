import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCutover } from '../src/index.ts';
import { operate } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import type { AgentStatus } from '../src/repository/index.ts';
import { fromServer, serverlessSource } from '../src/serverless/index.ts';
import type { Seen } from './fixtures/faulty-run.ts';
import { Served } from './fixtures/served.ts';

const INPUT: PlanInput = {
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
};
const PATIENCE = { timeout: 20_000, interval: 10 };
const stream = 'swap/production';

let served: Served;
let token: string;
const apps: ChildProcess[] = [];

beforeEach(async () => {
  served = await Served.create({}, INPUT);
  token = await served.token('shop', ['instance', 'operator'], { scopes: ['swap/production'] });
});

afterEach(async () => {
  for (const app of apps.splice(0)) app.kill('SIGKILL');
  await served.remove();
});

async function app(server = served.url): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'fixtures/node-app.ts'), ['', 'i1'], {
    cwd: served.folder,
    env: { ...process.env, CUTOVER_SERVER: server, CUTOVER_TOKEN: token, CUTOVER_INSTANCE: 'i1' },
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

const seen = (child: ChildProcess) => ask<Seen>(child, 'seen');
const serves = (child: ChildProcess, side: string, why?: string) =>
  expect
    .poll(async () => (await seen(child)).which, PATIENCE)
    .toMatchObject({ side, ...(why === undefined ? {} : { why }) });
const set = (value: boolean | number) =>
  operate(served.store, systemClock, stream, {
    kind: 'set-flag',
    flag: 'USE_SWAP',
    value,
    actor: 'ana',
    reason: 'test',
  });
const statusOf = async (): Promise<AgentStatus | undefined> =>
  (await served.store.instances(stream))[0]?.body as AgentStatus | undefined;

describe('an instance behind a server', () => {
  it('takes a change within moments, acknowledges it, reports, and leaves in good order', async () => {
    const child = await app();
    await expect.poll(async () => (await statusOf())?.acknowledged, PATIENCE).toBe(1);
    const began = performance.now();
    const { state } = await set(true);
    await expect
      .poll(async () => (await statusOf())?.acknowledged, { ...PATIENCE, interval: 1 })
      .toBe(state.routing?.epoch);
    console.log(`acknowledged after ${(performance.now() - began).toFixed(1)}ms`);
    await serves(child, 'candidate');
    expect((await statusOf())?.mark?.seq).toBe(state.seq);
    const told = async () => JSON.stringify(await served.store.telemetry(stream, 0));
    await expect.poll(told, PATIENCE).toContain('"candidate"');
    const ended = once(child, 'exit');
    child.send('close');
    expect(await ended).toEqual([0, null]);
    expect(await served.store.instances(stream)).toEqual([]);
    expect(existsSync(join(served.folder, '.cutover/swap.production.i1.last.json'))).toBe(true);
  });

  it('does not acknowledge a kill while a pin of an older epoch lives', async () => {
    const child = await app();
    await set(true);
    await serves(child, 'candidate');
    await ask(child, 'pin');
    const { state } = await set(false);
    await expect.poll(statusOf, PATIENCE).toMatchObject({ applied: state.routing?.epoch, pins: 1 });
    expect((await statusOf())?.acknowledged).toBeLessThan(state.routing?.epoch ?? 0);
    expect(await ask(child, 'release')).toEqual({ before: 'candidate', after: 'candidate' });
    await expect.poll(async () => (await statusOf())?.acknowledged, PATIENCE).toBe(state.routing?.epoch);
  });

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

  it('starts on what it knew last where there is no server', async () => {
    const first = await app();
    await set(true);
    await serves(first, 'candidate');
    await set(false);
    await serves(first, 'control', 'killed');
    first.kill('SIGKILL');
    await served.stop();
    const child = await app('http://127.0.0.1:9');
    await serves(child, 'control', 'killed');
  });

  it('believes no token that was revoked, nor one for somewhere else', async () => {
    token = await served.token('other', ['instance'], { scopes: ['other/production'] });
    const child = await app();
    await set(true);
    await systemClock.sleep(1_000);
    await serves(child, 'control');
    expect(await served.store.instances(stream)).toEqual([]);
  });

  it('sees a change and its fail side through a connection that swallows', async () => {
    const swallowing = await Swallowing.before(Number(new URL(served.url).port));
    try {
      const child = await app(swallowing.url);
      await set(true);
      await serves(child, 'candidate');
      swallowing.isOn = true;
      await serves(child, 'control', 'stale');
      expect((await seen(child)).failed).toBe(0);
      swallowing.isOn = false;
      await serves(child, 'candidate');
    } finally {
      swallowing.close();
    }
  });
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

/** A proxy that goes on accepting and says nothing more: a connection that is half open. */
class Swallowing {
  isOn = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (data) => void (this.isOn || to.write(data)));
        from.on('close', () => to.destroy());
        from.on('error', () => {});
      }
    });
  }

  static async before(port: number): Promise<Swallowing> {
    const swallowing = new Swallowing(port);
    swallowing.#server.listen(0, '127.0.0.1');
    await once(swallowing.#server, 'listening');
    return swallowing;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
