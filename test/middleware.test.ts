import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CutoverError, type Cutover } from '../src/index.ts';
import { Application, closeAll, listen, SERVERS } from './fixtures/request-servers.ts';

afterEach(closeAll);

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
