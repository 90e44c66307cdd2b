import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bucket, UNSET_FLAG, type RoutingState } from '../src/route/index.ts';

const BIKES = [
  { id: 1, name: 'Gravel' },
  { id: 2, name: 'Çelik' },
];

let state: RoutingState = {
  v: 1,
  migration: 'swap',
  environment: 'production',
  epoch: 1,
  salt: 'swap',
  failSide: 'control',
  byEnvironment: false,
  global: UNSET_FLAG,
  repositories: { bike: UNSET_FLAG },
  allow: [],
  deny: [],
  staleAfterMs: 10_000,
};

function expose(exposure: number, killed: false | 'drain' = false): void {
  const global = { ...UNSET_FLAG, exposure, killed };
  state = { ...state, epoch: state.epoch + 1, global };
}

const batches: unknown[] = [];
let isDown = false;
let middle: (() => Promise<void>) | undefined;

/** What the Worker reads from and sends to. */
const store = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (isDown) response.writeHead(503);
  else if (request.url === '/telemetry') batches.push(JSON.parse(body));
  else if (request.url === '/middle') await middle?.();
  response.end(JSON.stringify(state));
}

/** A deployment of its own: modules of a Worker live as long as its isolate. */
async function deploy(script: string, options: object): Promise<Miniflare> {
  const worker = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    d1Databases: ['DB'],
    bindings: {
      STORE: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
      OPTIONS: JSON.stringify(options),
    },
  });
  const db = await worker.getD1Database('DB');
  await db.exec('create table bike (id integer primary key, name text not null)');
  for (const { id, name } of BIKES)
    await db.prepare('insert into bike (id, name) values (?, ?)').bind(id, name).run();
  return worker;
}

type Served = { readonly side: string; readonly bikes: unknown; readonly one: unknown };

const get = async <T = Served>(worker: Miniflare, path = '/'): Promise<T> =>
  (await (await worker.dispatchFetch(`http://worker${path}`)).json()) as T;

describe('the runtime in workerd', () => {
  let script = '';
  let worker: Miniflare;

  beforeAll(async () => {
    store.listen(0, '127.0.0.1');
    await once(store, 'listening');
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'fixtures/worker/worker.ts')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      external: ['node:async_hooks'],
      write: false,
    });
    script = outputFiles[0]?.text ?? '';
    worker = await deploy(script, { refreshAfter: '0ms', freshFor: '1s', sendEvery: '0ms' });
  });

  beforeEach(() => {
    isDown = false;
    middle = undefined;
  });

  afterAll(async () => {
    await worker.dispose();
    store.close();
  });

  it('puts every key where Node puts it', async () => {
    const keys = ['', 'a', 'user-17', 'Zoë', '自転車', '🚲🚲', 'x'.repeat(1_000)];
    const response = await worker.dispatchFetch('http://worker/buckets', {
      method: 'POST',
      body: JSON.stringify(keys),
    });
    expect(await response.json()).toEqual(keys.map((key) => bucket('swap', key)));
  });

  it('serves D1 by raw SQL or by Drizzle, as the state says', async () => {
    expose(0);
    await vi.waitFor(async () => expect((await get(worker)).side).toBe('control'));
    const control = await get(worker);
    expose(10_000);
    await vi.waitFor(async () => expect((await get(worker)).side).toBe('candidate'));
    const candidate = await get(worker);
    expect(control).toEqual({ side: 'control', bikes: BIKES, one: BIKES[1] });
    expect(candidate).toEqual({ ...control, side: 'candidate' });
  });

  it('keeps a request on its side through asynchronous calls', async () => {
    expose(10_000);
    await vi.waitFor(async () => expect((await get(worker)).side).toBe('candidate'));
    middle = async () => {
      middle = undefined;
      expose(10_000, 'drain');
      // Another request brings the kill into the same isolate, in the middle of this one.
      await vi.waitFor(async () => expect((await get(worker)).side).toBe('control'));
    };
    expect(await get<unknown>(worker, '/twice')).toEqual([
      ['candidate', BIKES],
      ['candidate', BIKES],
    ]);
  });

  it('sends what it counted after the answer, by waitUntil', async () => {
    batches.length = 0;
    await get(worker);
    await vi.waitFor(async () => {
      await get(worker);
      expect(JSON.stringify(batches)).toMatch(/"list"/);
    });
  });

  it('is control once its state is too old', async () => {
    expose(10_000);
    await vi.waitFor(async () => expect((await get(worker)).side).toBe('candidate'));
    isDown = true;
    await vi.waitFor(async () => expect((await get(worker)).side).toBe('control'), { timeout: 10_000 });
  });

  it('starts on control, or waits for its first state if it is told to', async () => {
    expose(10_000);
    const [cold, waiting] = await Promise.all([deploy(script, {}), deploy(script, { firstWait: '10s' })]);
    expect([(await get(cold)).side, (await get(waiting)).side]).toEqual(['control', 'candidate']);
    await Promise.all([cold.dispose(), waiting.dispose()]);
  });
});
