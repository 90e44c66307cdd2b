import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../src/kernel/index.ts';
import { ServerLink } from '../src/node/server-link.ts';
import type { RoutingMessage } from '../src/wire/index.ts';

const PATIENCE = { timeout: 20_000, interval: 10 };

let server: Server;
let stream: ServerResponse | null;
let asked: string[];
let now: RoutingMessage;
let link: ServerLink;
let told: number;

const mark = (seq: number) => ({ seq, hash: `hash ${seq}` });
const state = (seq: number, more: Partial<RoutingMessage> = {}): RoutingMessage => ({
  schema: 'cutover.routing/1',
  epoch: seq,
  mark: mark(seq),
  body: { seq },
  ...more,
});

/** Sends a state by the stream, and waits until it is heard. */
async function push(message: RoutingMessage): Promise<void> {
  const before = told;
  await expect.poll(() => stream, PATIENCE).not.toBeNull();
  stream?.write(`event: routing\ndata: ${JSON.stringify(message)}\n\n`);
  await expect.poll(() => told, PATIENCE).toBeGreaterThan(before);
}

beforeEach(async () => {
  asked = [];
  stream = null;
  told = 0;
  now = state(1);
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://server');
    const call = pathname.slice(pathname.indexOf('production/') + 'production/'.length);
    if (call === 'routing/stream') {
      stream = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return;
    }
    asked.push(`${call}${search}`);
    const knows = search === '' ? {} : { knows: search.includes(`seq=${now.epoch}&`) };
    response.end(JSON.stringify({ ...now, ...knows }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  link = new ServerLink({
    server: { url, token: 'token' },
    migration: 'swap',
    environment: 'production',
    instance: 'i1',
    clock: systemClock,
    random: systemRandom,
  });
  link.watch(() => (told += 1));
});

afterEach(async () => {
  await link.close();
  server.closeAllConnections();
  server.close();
});

describe('the link of an instance to a server', () => {
  it('asks for nothing that the stream has said: the state, and that it goes on where the last one was', async () => {
    await push(state(1));
    expect(await link.routing('', undefined)).toEqual({ epoch: 1, mark: mark(1), body: { seq: 1 } });
    await push(state(2, { behind: mark(1) }));
    expect(await link.routing('', mark(1))).toMatchObject({ epoch: 2, knows: true });
    // Told again after the connection was made again.
    await push(state(2));
    expect(await link.routing('', mark(2))).toMatchObject({ epoch: 2, knows: true });
    expect(asked).toEqual([]);
  });

  it('asks whether the log has what it took where the stream left something out, or is of another log', async () => {
    now = state(3);
    await push(state(3, { behind: mark(2) }));
    expect(await link.routing('', mark(1))).toMatchObject({ epoch: 3, knows: false });
    await push(state(4));
    now = state(4);
    expect(await link.routing('', mark(4))).toMatchObject({ epoch: 4, knows: true });
    expect(await link.routing('', mark(3))).toMatchObject({ epoch: 4, knows: false });
    expect(asked).toEqual(['routing?seq=1&hash=hash%201', 'routing?seq=3&hash=hash%203']);
  });

  it('hears in the answer to a report what is stored', async () => {
    now = state(7);
    expect(await link.report('', 'one', {})).toEqual({ epoch: 7, mark: mark(7) });
    now = { ...state(0), mark: null, body: null };
    expect(await link.report('', 'one', {})).toBeUndefined();
    expect(asked).toEqual(['report', 'report']);
  });
});
