import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCutover, CutoverError, type Cutover } from '../src/index.ts';
import { cutoverRequests as forExpress } from '../src/middleware/express.ts';
import { cutoverRequests as forFastify } from '../src/middleware/fastify.ts';
import { cutoverRequests as forHono } from '../src/middleware/hono.ts';
import { withCutover } from '../src/middleware/next.ts';
import { testSource, type TestSource } from '../src/testing/index.ts';

/** What the application of every server answers with, from any number of calls to one repository. */
class Application {
  readonly source: TestSource = testSource({ plan: { id: 'swap', repositories: { bike: {} } } });
  readonly cutover: Cutover = createCutover(
    { id: 'swap', repositories: { bike: {} } },
    { source: this.source },
  );
  readonly bikes = this.cutover.repository('bike', {
    control: { side: async () => 'control' },
    candidate: { side: async () => 'candidate' },
    reads: ['side'],
  });
  /** Resolved by the test, in the middle of a request. */
  readonly #middle = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();

  async twice(): Promise<string> {
    const first = await this.bikes.side();
    this.#reached.resolve();
    await this.#middle.promise;
    return `${first} ${await this.bikes.side()}`;
  }

  async *parts(): AsyncGenerator<string> {
    yield await this.bikes.side();
    this.#reached.resolve();
    await this.#middle.promise;
    yield ` ${await this.bikes.side()}`;
  }

  /** When a request stands between its two calls. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  goOn(): void {
    this.#middle.resolve();
  }
}

type Options = { readonly key?: (user: string | undefined) => string | undefined; readonly atMost?: string };

const own = (user: string | undefined): string | undefined => user;

/** One server with the routes GET /twice, POST /twice, GET /stream and GET /fails. */
const SERVERS: Readonly<Record<string, (app: Application, options: Options) => Promise<Server>>> = {
  async hono(app, { key = own, atMost }) {
    const hono = new Hono();
    hono.use(
      forHono(app.cutover, {
        key: (c) => key(c.req.header('x-user')),
        ...(atMost === undefined ? {} : { atMost }),
      }),
    );
    hono.get('/twice', async (c) => c.text(await app.twice()));
    hono.post('/twice', async (c) => c.text(`${(await c.req.json<{ a: number }>()).a} ${await app.twice()}`));
    hono.get('/stream', (c) => c.body(webStream(app)));
    hono.get('/fails', () => {
      throw new Error('broken');
    });
    hono.onError((_error, c) => c.text('failed', 500));
    return createServer(listener(hono.fetch));
  },
  async express(app, { key = own, atMost }) {
    const server = express();
    server.use(express.json());
    server.use(
      forExpress(app.cutover, {
        key: (request) => key(request.get('x-user')),
        ...(atMost === undefined ? {} : { atMost }),
      }),
    );
    server.get('/twice', async (_request, response) => void response.send(await app.twice()));
    server.post(
      '/twice',
      async (request, response) =>
        void response.send(`${(request.body as { a: number }).a} ${await app.twice()}`),
    );
    server.get('/stream', (_request, response) => void Readable.from(app.parts()).pipe(response));
    server.get('/fails', () => {
      throw new Error('broken');
    });
    server.use(((_error, _request, response, _next) => {
      response.status(500).send('failed');
    }) satisfies express.ErrorRequestHandler);
    return createServer((request, response) => void server(request, response));
  },
  async fastify(app, { key = own, atMost }) {
    const server = Fastify();
    await server.register(
      forFastify(app.cutover, {
        key: (request) => key(request.headers['x-user'] as string | undefined),
        ...(atMost === undefined ? {} : { atMost }),
      }),
    );
    server.get('/twice', async () => app.twice());
    server.post('/twice', async (request) => `${(request.body as { a: number }).a} ${await app.twice()}`);
    server.get('/stream', async (_request, reply) => reply.send(Readable.from(app.parts())));
    server.get('/fails', () => {
      throw new Error('broken');
    });
    server.setErrorHandler((_error, _request, reply) => void reply.status(500).send('failed'));
    await server.ready();
    return createServer((request, response) => server.routing(request, response));
  },
  async next(app, { key = own, atMost }) {
    const options = {
      key: (request: Request) => key(request.headers.get('x-user') ?? undefined),
      ...(atMost === undefined ? {} : { atMost }),
    };
    const routes: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
      'GET /twice': withCutover(app.cutover, async () => new Response(await app.twice()), options),
      'POST /twice': withCutover(
        app.cutover,
        async (request) =>
          new Response(`${((await request.json()) as { a: number }).a} ${await app.twice()}`),
        options,
      ),
      'GET /stream': withCutover(app.cutover, () => new Response(webStream(app)), options),
      'GET /fails': withCutover(
        app.cutover,
        () => {
          throw new Error('broken');
        },
        options,
      ),
    };
    return createServer(
      listener(async (request) => {
        const route = routes[`${request.method} ${new URL(request.url).pathname}`];
        return route === undefined
          ? new Response(null, { status: 404 })
          : route(request).catch(() => new Response('failed', { status: 500 }));
      }),
    );
  },
};

function listener(fetch: (request: Request) => Response | Promise<Response>): RequestListener {
  const listen = getRequestListener(fetch);
  return (request, response) => void listen(request, response);
}

function webStream(app: Application): ReadableStream<Uint8Array> {
  return ReadableStream.from(app.parts()).pipeThrough(new TextEncoderStream());
}

const open: Server[] = [];

async function listen(kind: string, app: Application, options: Options = {}): Promise<string> {
  const server = await SERVERS[kind]?.(app, options);
  if (server === undefined) throw new Error(`no server ${kind}`);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function text(url: string, init?: RequestInit): Promise<string> {
  return (await fetch(url, init)).text();
}

/** Two keys, of which one is on the candidate at half. */
function keys(cutover: Cutover): { readonly on: string; readonly off: string } {
  const all = Array.from({ length: 100 }, (_, index) => `user-${index}`);
  const find = (side: string): string =>
    all.find((key) => cutover.which('bike', { key }).side === side) ?? '';
  return { on: find('candidate'), off: find('control') };
}

const allEnded = (app: Application): Promise<void> =>
  vi.waitFor(() => expect(app.source.status()).toMatchObject({ pins: 0 }), { timeout: 5_000 });

describe.each(Object.keys(SERVERS))('requests of %s', (kind) => {
  it('finish where they began, whatever is flipped meanwhile', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    app.source.expose(100);
    const answer = text(`${url}/twice`);
    await app.reached;
    app.source.kill();
    expect(app.source.status()).toMatchObject({ pins: 1, acknowledged: app.source.state.epoch - 1 });
    app.goOn();
    expect(await answer).toBe('candidate candidate');
    await allEnded(app);
    expect(app.source.status().acknowledged).toBe(app.source.state.epoch);
    expect(await text(`${url}/twice`)).toBe('control control');
  });

  it('keep their scope after a body was read', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    app.source.expose(100);
    const body = JSON.stringify({ a: 7, filler: 'x'.repeat(50_000) });
    const answer = text(`${url}/twice`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    await app.reached;
    app.source.kill();
    app.goOn();
    expect(await answer).toBe('7 candidate candidate');
  });

  it('last until a streamed answer was sent', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    app.source.expose(100);
    const response = await fetch(`${url}/stream`);
    await app.reached;
    app.source.kill();
    app.goOn();
    expect(await response.text()).toBe('candidate candidate');
    await allEnded(app);
  });

  it('hold up no rollback for longer than they may', async () => {
    const app = new Application();
    const url = await listen(kind, app, { atMost: '50ms' });
    app.source.expose(100);
    const response = await fetch(`${url}/stream`);
    await app.reached;
    app.source.kill();
    await allEnded(app);
    app.goOn();
    expect(await response.text()).toBe('candidate control');
  });

  it('are served by their key', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    app.source.expose(50, { of: 'users' });
    app.goOn();
    const { on, off } = keys(app.cutover);
    expect(await text(`${url}/twice`, { headers: { 'x-user': on } })).toBe('candidate candidate');
    expect(await text(`${url}/twice`, { headers: { 'x-user': off } })).toBe('control control');
    expect(await text(`${url}/twice`)).toBe('control control');
  });

  it('are served although the key function throws', async () => {
    const app = new Application();
    const url = await listen(kind, app, {
      key: () => {
        throw new Error('no session');
      },
    });
    app.source.expose(50, { of: 'users' });
    app.goOn();
    expect(await text(`${url}/twice`)).toBe('control control');
  });

  it('end when their handler throws, or their caller goes away', async () => {
    const app = new Application();
    const url = await listen(kind, app);
    app.source.expose(100);
    const failed = await fetch(`${url}/fails`);
    expect([failed.status, await failed.text()]).toEqual([500, 'failed']);
    await allEnded(app);
    const gone = httpRequest(`${url}/stream`);
    gone.on('error', () => {});
    gone.end();
    await app.reached;
    gone.destroy();
    app.goOn();
    await allEnded(app);
  });

  it('are refused when the application starts, if nothing can carry a pin', async () => {
    const pin = (): never => {
      throw new CutoverError('SCOPE_UNAVAILABLE', 'this source cannot carry a pin');
    };
    await expect(
      listen(kind, Object.assign(new Application(), { cutover: { ...new Application().cutover, pin } })),
    ).rejects.toMatchObject({ code: 'SCOPE_UNAVAILABLE' });
    await expect(listen(kind, new Application(), { atMost: 'a while' })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
