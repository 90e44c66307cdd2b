import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { CutoverError } from '../src/index.ts';
import { sketchCount, type RequestBatch } from '../src/measure/index.ts';
import { pageBeacon } from '../src/middleware/beacon.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { Application, closeAll, listen, SERVERS } from './fixtures/request-servers.ts';

const missing = whyNoBrowser();
let browser: Browser;
// The first start on a machine unpacks it.
beforeAll(async () => {
  if (missing === null) browser = await startBrowser();
}, 180_000);
afterAll(() => browser?.close());
afterEach(closeAll);

/** Keys of which one is on the candidate at half. */
function keys({ cutover }: Application): { readonly on: string; readonly off: string } {
  const all = Array.from({ length: 100 }, (_, index) => `user-${index}`);
  const find = (side: string): string =>
    all.find((key) => cutover.which('bike', { key }).side === side) ?? '';
  return { on: find('candidate'), off: find('control') };
}

/** Everything that is reported of pages until this many views and errors are there. */
async function reported(app: Application, views: number, errors: number): Promise<readonly RequestBatch[]> {
  const all: RequestBatch[] = [];
  const sum = (what: 'requests' | 'errors'): number => all.reduce((total, one) => total + one[what], 0);
  await vi.waitFor(
    () => {
      all.push(...(app.source.collect().pages ?? []));
      expect([sum('requests'), sum('errors')]).toEqual([views, errors]);
    },
    { timeout: 10_000 },
  );
  return all;
}

async function started(kind: string): Promise<{ readonly app: Application; readonly url: string }> {
  const app = new Application();
  app.goOn();
  const url = await listen(kind, app);
  app.source.expose(50, { of: 'users' });
  // The first page of an hour gets its token as soon as it is computed.
  for (const key of Object.values(keys(app))) await app.beacon.serverTiming(key);
  return { app, url };
}

async function opened(
  url: string,
  user: string | undefined,
  then: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage();
  if (user !== undefined) await page.setExtraHTTPHeaders({ 'x-user': user });
  await page.goto(`${url}/page`);
  await then(page);
  // What is left is hidden: it reports.
  await page.goto('about:blank');
  await page.close();
}

/** As a script of the page: to be hidden is when a page reports. */
const HIDE = `Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));`;

const nothing = async (): Promise<void> => {};

/** Throws in the page, not in the test. */
const broken = (page: Page): Promise<void> =>
  page.evaluate(() => {
    setTimeout(() => {
      throw new Error('a client-side error with a secret in it');
    });
  });

describe.skipIf(missing !== null).each(Object.keys(SERVERS))('pages of %s', (kind) => {
  it('report their load time and their errors by the side that they were given', async () => {
    const { app, url } = await started(kind);
    const { on, off } = keys(app);
    await opened(url, off, nothing);
    await opened(url, on, nothing);
    await opened(url, on, async (page) => {
      const said = page.waitForEvent('pageerror');
      await broken(page);
      await said;
    });
    const all = await reported(app, 3, 1);
    const of = (side: string) => all.filter(({ sides }) => sides['bike'] === side);
    const count = (side: string, what: 'requests' | 'errors') =>
      of(side).reduce((sum, one) => sum + one[what], 0);
    expect([count('control', 'requests'), count('control', 'errors')]).toEqual([1, 0]);
    expect([count('candidate', 'requests'), count('candidate', 'errors')]).toEqual([2, 1]);
    expect(all.reduce((sum, { latency }) => sum + sketchCount(latency), 0)).toBe(3);
    expect(JSON.stringify(all)).not.toContain('secret');
    expect(new Set(all.map(({ route }) => route))).toEqual(new Set(['(pages)']));
  });

  it('report an error that comes after they have settled, once', async () => {
    const { app, url } = await started(kind);
    await opened(url, keys(app).on, async (page) => {
      const settled = page.waitForResponse((response) => response.url().endsWith('/cutover-beacon'));
      await page.evaluate(HIDE);
      await settled;
      for (let time = 0; time < 3; time += 1) {
        const said = page.waitForEvent('pageerror');
        await broken(page);
        await said;
      }
    });
    await reported(app, 1, 1);
  });

  it('that have no key have no side, and say nothing', async () => {
    const { app, url } = await started(kind);
    const asked: string[] = [];
    await opened(url, undefined, async (page) => {
      page.on('request', (request) => asked.push(request.url()));
    });
    expect(asked.filter((one) => one.includes('cutover-beacon'))).toEqual([]);
    expect(app.source.collect().pages).toBeUndefined();
  });

  it('are not believed what somebody makes up', async () => {
    const { app, url } = await started(kind);
    const timing = await app.beacon.serverTiming(keys(app).off);
    const token = /"(.*)"/.exec(timing ?? '')?.[1] ?? '';
    const view = JSON.stringify({ t: token, l: 12, e: 0 });
    const send = async (body: string, headers: Record<string, string>, method = 'POST'): Promise<number> =>
      (await fetch(`${url}/cutover-beacon`, { method, ...(method === 'POST' ? { body } : {}), headers }))
        .status;
    const own = { origin: url, 'content-type': 'text/plain' };
    expect(await send(view, own)).toBe(204);
    expect(await send(view, { 'content-type': 'text/plain' })).toBe(403);
    expect(await send(view, { ...own, origin: 'https://evil.example' })).toBe(403);
    expect(await send(view, { ...own, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await send(view.replace('.0.', '.1.'), own)).toBe(400);
    expect(await send('{"t":"x"}', own)).toBe(400);
    expect(await send('x'.repeat(100_000), own)).toBe(413);
    expect([404, 405]).toContain(await send('', own, 'GET'));
    await reported(app, 1, 0);
  });

  it('are taken in a bounded number, and what is refused is counted', async () => {
    const { app, url } = await started(kind);
    const timing = await app.beacon.serverTiming(keys(app).off);
    const body = JSON.stringify({ t: /"(.*)"/.exec(timing ?? '')?.[1] ?? '', l: 12, e: 0 });
    const headers = { origin: url, 'content-type': 'text/plain' };
    const began = performance.now();
    const answers: number[] = [];
    for (let n = 0; n < 200; n += 1)
      answers.push((await fetch(`${url}/cutover-beacon`, { method: 'POST', body, headers })).status);
    const most = 40 + ((performance.now() - began) / 1_000) * 20 + 1;
    const taken = answers.filter((status) => status === 204).length;
    expect(taken).toBeGreaterThanOrEqual(40);
    expect(taken).toBeLessThanOrEqual(most);
    expect(new Set(answers)).toEqual(new Set([204, 429]));
    const { pages = [], counters } = app.source.collect();
    expect(pages.reduce((sum, { requests }) => sum + requests, 0)).toBe(taken);
    expect(counters['beaconRefused']).toBe(200 - taken);
  });
});

describe('the beacon', () => {
  it('is not made without a secret, or on what is no path', () => {
    const { cutover } = new Application();
    const plan = { id: 'swap', repositories: { bike: {} } };
    const make = (options: Partial<Parameters<typeof pageBeacon>[2]>) => () =>
      pageBeacon(plan, cutover, { secret: 'long enough to be one', ...options });
    for (const wrong of [
      { secret: '' },
      { secret: 'short' },
      { path: 'beacon' },
      { path: '/a?b' },
      { perSecond: 0 },
    ])
      expect(make(wrong)).toThrow(CutoverError);
    expect(make({ path: '/internal/pages' })().serves('/internal/pages.js')).toBe(true);
  });
});
