import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCutover, type Cutover } from '../src/index.ts';
import { quantile, sketchCount, type RequestBatch } from '../src/measure/index.ts';
import { withCutover } from '../src/middleware/next.ts';
import { testSource, type TestSource } from '../src/testing/index.ts';
import {
  Application,
  closeAll,
  connections,
  listen,
  SERVERS,
  type Options,
} from './fixtures/request-servers.ts';

afterEach(closeAll);

/** Starts a server, has it asked, and gives what it reports of that. */
async function counted(
  kind: string,
  ask: (url: string, app: Application) => Promise<unknown>,
  options: Options = {},
  wanted = 1,
): Promise<readonly RequestBatch[]> {
  const app = new Application();
  const url = await listen(kind, app, options);
  app.source.expose(100);
  await ask(url, app);
  const all: RequestBatch[] = [];
  const took = (): number => all.reduce((sum, { requests }) => sum + requests, 0);
  await vi.waitFor(() => {
    all.push(...(app.source.collect().requests ?? []));
    expect(took()).toBeGreaterThanOrEqual(wanted);
  });
  expect(took()).toBe(wanted);
  return all;
}

const get = async (url: string, init?: RequestInit): Promise<string> =>
  (await fetch(url, init)).text().catch(() => 'broken off');

/** Asks, waits until the answer is on its way, and goes: the server has noticed before more of it is made. */
async function goAway(url: string, app: Application): Promise<void> {
  const gone = httpRequest(url);
  gone.on('error', () => {});
  gone.end();
  await app.reached;
  gone.destroy();
  await vi.waitFor(async () => expect(await connections()).toBe(0));
  app.goOn();
}

describe.each(Object.keys(SERVERS))('endpoints of %s', (kind) => {
  it('are counted by their pattern and by the side of what they called', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    await get(`${url}/bikes/1`);
    await get(`${url}/idle`);
    app.source.expose(100);
    await get(`${url}/bikes/2`);
    await get(`${url}/bikes/3`);
    const seen: Record<string, number> = {};
    await vi.waitFor(() => {
      for (const { route, sides, requests, errors, aborted } of app.source.collect().requests ?? []) {
        const name = `${route} ${sides['bike'] ?? 'none'}`;
        seen[name] = (seen[name] ?? 0) + requests;
        expect([errors, aborted]).toEqual([0, 0]);
      }
      expect(seen).toEqual({
        'GET /bikes/:id control': 1,
        'GET /bikes/:id candidate': 2,
        'GET /idle none': 1,
      });
    });
  });

  it('have failed when their handler throws', async () => {
    const [fails, ...more] = await counted(kind, (url) => get(`${url}/fails`));
    expect(more).toEqual([]);
    expect(fails).toMatchObject({ route: 'GET /fails', requests: 1, errors: 1, aborted: 0 });
  });

  it('have failed when the application breaks off its answer', async () => {
    const [broken] = await counted(kind, async (url, app) => {
      const answer = get(`${url}/broken`).catch(() => 'broken off');
      app.goOn();
      await answer;
    });
    expect(broken).toMatchObject({ route: 'GET /broken', requests: 1, errors: 1, aborted: 0 });
  });

  it('are counted apart from errors when the caller goes away', async () => {
    const [stream] = await counted(kind, (url, app) => goAway(`${url}/stream`, app));
    expect(stream).toMatchObject({ route: 'GET /stream', requests: 1, errors: 0, aborted: 1 });
    expect(stream?.sides).toEqual({ bike: 'candidate' });
    expect(sketchCount(stream?.latency ?? [])).toBe(1);
  });

  it('last until their streamed answer was sent', async () => {
    const atLeastMs = 40;
    const [stream] = await counted(kind, async (url, app) => {
      const response = await fetch(`${url}/stream`);
      await app.reached;
      // What is measured lasts: an answer that is on its way, for so long.
      const began = performance.now();
      while (performance.now() - began < atLeastMs) await new Promise((resolve) => setTimeout(resolve, 5));
      app.goOn();
      await response.text();
    });
    expect(stream).toMatchObject({ requests: 1, errors: 0, aborted: 0 });
    expect(quantile(stream?.latency ?? [], 1)).toBeGreaterThanOrEqual(atLeastMs * 0.98);
  });

  it('have no duration when they are sent for longer than they are pinned', async () => {
    const [stream] = await counted(
      kind,
      async (url, app) => {
        const response = await fetch(`${url}/stream`);
        await app.reached;
        await vi.waitFor(() => expect(app.source.status().pins).toBe(0));
        app.goOn();
        await response.text();
      },
      { atMost: '50ms' },
    );
    expect(stream).toMatchObject({ route: 'GET /stream', requests: 1, errors: 0, latency: [] });
  });

  it('count as slow when they have no answer for longer than they are pinned', async () => {
    const [hangs] = await counted(
      kind,
      async (url, app) => {
        const answer = get(`${url}/twice`);
        await app.reached;
        await vi.waitFor(() => expect(app.source.status().pins).toBe(0));
        app.goOn();
        await answer;
      },
      { atMost: '50ms' },
    );
    expect(hangs).toMatchObject({ route: 'GET /twice', requests: 1 });
    expect(quantile(hangs?.latency ?? [], 1)).toBeGreaterThanOrEqual(49);
  });

  it('that nobody answers are one route, whatever their paths', async () => {
    if (kind === 'next') return;
    const paths = ['/users/1', '/users/2', '/x/y?z=1', `/${'long'.repeat(50)}`];
    const seen = await counted(
      kind,
      (url) => Promise.all(paths.map((path) => get(url + path))),
      {},
      paths.length,
    );
    expect(new Set(seen.map(({ route }) => route))).toEqual(new Set(['GET (no route)']));
  });

  it('of HEAD are over at once', async () => {
    if (kind === 'next') return;
    const [head] = await counted(kind, (url) => fetch(`${url}/bikes/1`, { method: 'HEAD' }));
    expect(head).toMatchObject({ route: 'HEAD /bikes/:id', requests: 1, errors: 0, aborted: 0 });
  });
});

describe('the sides of a request', () => {
  const plan = { id: 'swap', repositories: { bike: {}, item: {} } };
  const side = (name: string) => ({
    control: { read: async () => `${name} control` },
    candidate: { read: async () => `${name} candidate` },
    reads: ['read'] as const,
  });

  /** What is counted of one request whose handler does this. */
  async function sidesOf(
    handle: (application: {
      readonly source: TestSource;
      readonly cutover: Cutover;
      readonly read: (name: 'bike' | 'item') => Promise<string>;
    }) => Promise<unknown>,
  ): Promise<unknown> {
    const source = testSource({ plan });
    const cutover = createCutover(plan, { source });
    const repositories = {
      bike: cutover.repository('bike', side('bike')),
      item: cutover.repository('item', side('item')),
    };
    source.expose(100, { repository: 'bike' });
    const handler = withCutover(
      cutover,
      async () => {
        await handle({ source, cutover, read: (name) => repositories[name].read() });
        return new Response(null);
      },
      { route: '/' },
    );
    await handler(new Request('http://127.0.0.1/'));
    const request = await vi.waitFor(() => {
      const [one] = source.collect().requests ?? [];
      if (one === undefined) throw new Error('not counted yet');
      return one;
    });
    await cutover.close();
    return request.sides;
  }

  it('are those of the repositories that it called', async () => {
    expect(await sidesOf(async ({ read }) => read('bike'))).toEqual({ bike: 'candidate' });
    expect(await sidesOf(async ({ read }) => [await read('item'), await read('bike')])).toEqual({
      bike: 'candidate',
      item: 'control',
    });
    expect(await sidesOf(async () => undefined)).toEqual({});
  });

  it('are those of a transaction for what is called in it', async () => {
    const sides = await sidesOf(({ cutover, read }) =>
      // They disagree: both are served by control, and items are not called at all.
      cutover.transaction({ repositories: ['bike', 'item'] }, () => read('bike')),
    );
    expect(sides).toEqual({ bike: 'control' });
  });

  it('are both of a repository that is killed hard in the middle', async () => {
    const sides = await sidesOf(async ({ source, read }) => {
      await read('bike');
      source.kill('hard');
      await read('bike');
    });
    expect(sides).toEqual({ bike: 'both' });
  });

  it('do not depend on what is asked about them', async () => {
    expect(await sidesOf(async ({ cutover }) => cutover.which('bike'))).toEqual({});
  });
});
