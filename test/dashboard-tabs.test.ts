import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operate, register, startRun } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import { revokeToken, type ProxySettings } from '../src/server/index.ts';
import { openSqliteStore, removeStateFile } from '../src/store/index.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { Served } from './fixtures/served.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';

const PLACE = '/m/swap/staging';
const STREAM = 'swap/staging';
const SLOW = { timeout: 300_000 };
const PATIENCE = { timeout: 90_000 };
const why = whyNoBrowser();

let browser: Browser;
let served: Served;
let tabs: Tabs;

/** Tabs of one browser, and the streams that it has open. */
class Tabs {
  readonly context: BrowserContext;
  readonly #streams = new Set<Request>();

  private constructor(context: BrowserContext) {
    this.context = context;
    context.setDefaultTimeout(PATIENCE.timeout);
    const ended = (request: Request): void => void this.#streams.delete(request);
    context.on('request', (request) => {
      if (request.url().includes('/api/v1/stream?')) this.#streams.add(request);
    });
    context.on('requestfinished', ended);
    context.on('requestfailed', ended);
  }

  static async of(options: Parameters<typeof Served.create>[0] = {}): Promise<Tabs> {
    served = await Served.create(options);
    await startRun(served.store, systemClock, {
      plan: served.plan,
      planHash: served.hash,
      environment: 'staging',
      timeScale: 1,
      random: seededRandom(1),
      actor: 'eva',
      reason: 'test',
    });
    return new Tabs(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
  }

  /** Whoever has the link once is known in every tab, at the address by which they came. */
  async enter(url = served.url): Promise<void> {
    const page = await this.context.newPage();
    await page.goto((served.links[0] ?? '').replace(served.url, url));
    await page.locator('h1').first().waitFor();
    await page.close();
  }

  async open(path = PLACE, url = served.url): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url + path);
    return page;
  }

  get streams(): number {
    // Of a page that is closed nobody is told how its requests ended.
    return [...this.#streams].filter((request) => !request.frame().page().isClosed()).length;
  }

  get pages(): readonly Page[] {
    return this.context.pages();
  }

  /** The tabs that read a stream themselves. */
  async readers(): Promise<readonly Page[]> {
    const are = await Promise.all(
      this.pages.map(async (page) => (await page.locator(".frame[data-stream='own']").count()) === 1),
    );
    return this.pages.filter((_, index) => are[index] === true);
  }

  async reader(): Promise<Page> {
    await expect.poll(async () => (await this.readers()).length, PATIENCE).toBe(1);
    const [reader] = await this.readers();
    if (reader === undefined) throw new Error('nobody reads');
    return reader;
  }
}

/** A proxy that lets everybody in, and says whose browser it is. */
const PROXY = {
  userHeader: 'x-user',
  groupsHeader: 'x-groups',
  addresses: ['127.0.0.1'],
  secret: null,
  everybody: ['viewer'],
  groups: new Map([['on-call', ['operator']]]),
} as const satisfies ProxySettings;

/** As a browser tells a page that somebody turns to it, or away. */
const look = (page: Page, state: 'hidden' | 'visible'): Promise<void> =>
  page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
/** What a page says for a moment only is kept in it, however late somebody looks. */
const REMEMBER = `
  globalThis.shown = [];
  const frame = document.querySelector('.frame');
  new MutationObserver(() => shown.push(frame.dataset.connection)).observe(frame, { attributes: true });
`;
const live = (page: Page): Promise<void> => page.locator(".connection[data-kind='live']").waitFor();
const sees = (page: Page, text: string): Promise<void> => page.getByText(text).first().waitFor();
const pause = (reason: string) =>
  operate(served.store, systemClock, STREAM, { kind: 'pause', actor: 'eva', reason });
const resume = () =>
  operate(served.store, systemClock, STREAM, {
    kind: 'resume',
    repositories: null,
    actor: 'eva',
    reason: 'go on',
  });
/** The numbers of the events that a page lists, the newest first. */
const listed = async (page: Page): Promise<readonly number[]> =>
  (await page.locator('.timeline .entry').allInnerTexts()).map((text) =>
    Number(/#(\d+)/.exec(text)?.[1] ?? 'NaN'),
  );
const head = async (): Promise<number> => (await served.store.head(STREAM))?.seq ?? 0;

/** Waits until a page lists every event of the log, each once. */
async function listsAll(page: Page): Promise<void> {
  const end = await head();
  const all = Array.from({ length: end }, (_, index) => end - index);
  await expect.poll(() => listed(page), PATIENCE).toEqual(all);
}

describe.skipIf(why !== null)('the pages in several tabs', SLOW, () => {
  beforeAll(async () => {
    browser = await startBrowser();
  }, SLOW.timeout);
  afterAll(() => browser.close());
  afterEach(async () => {
    await tabs.context.close();
    await served.remove();
  });

  it('share one stream, so that eight are live and a rollback in one shows in all', async () => {
    tabs = await Tabs.of();
    await tabs.enter();
    for (let count = 0; count < 8; count += 1) await tabs.open();
    for (const page of tabs.pages) await live(page);
    await expect.poll(() => tabs.streams, PATIENCE).toBe(1);
    const reader = await tabs.reader();
    const other = tabs.pages.find((page) => page !== reader);
    if (other === undefined) throw new Error('no other tab');
    await other.getByRole('button', { name: 'ROLL BACK' }).click();
    await other.getByRole('dialog').getByLabel('Reason, kept in the log').fill('wrong balances');
    await other.getByRole('dialog').locator('[type=submit]').click();
    for (const page of tabs.pages) await sees(page, 'rolled back and verified');
  });

  it('go on without a gap when the one that reads is closed or frozen; one that is opened later has the whole picture', async () => {
    tabs = await Tabs.of();
    await tabs.enter();
    for (let count = 0; count < 3; count += 1) await tabs.open(`${PLACE}/audit?all=true`);
    for (const page of tabs.pages) await listsAll(page);
    const first = await tabs.reader();
    await Promise.all([first.close(), pause('while it closes')]);
    const second = await tabs.reader();
    expect(second).not.toBe(first);
    await resume();
    for (const page of tabs.pages) await listsAll(page);
    const late = await tabs.open(`${PLACE}/audit?all=true`);
    await sees(late, 'Running');
    await listsAll(late);

    const session = await tabs.context.newCDPSession(second);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await pause('while it is frozen');
    for (const page of tabs.pages) if (page !== second) await listsAll(page);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await listsAll(second);
    await live(second);
    await expect.poll(() => tabs.streams, PATIENCE).toBe(1);
  });

  it('take the stream from one that holds it and says nothing', async () => {
    tabs = await Tabs.of();
    await tabs.enter();
    await tabs.context.clock.install();
    const stuck = await tabs.open();
    await live(stuck);
    const other = await tabs.open();
    await live(other);
    await stuck.evaluate('BroadcastChannel.prototype.postMessage = () => {}');
    await pause('nobody hears of it');
    await tabs.context.clock.runFor(20_000);
    await expect
      .poll(async () => (await tabs.readers()).map((page) => page === other), PATIENCE)
      .toEqual([true]);
    await live(other);
    for (const page of tabs.pages) await sees(page, 'Paused');
    await expect.poll(() => tabs.streams, PATIENCE).toBe(1);
  });

  it('all say stale when the stream died without a word, and disconnected when the server ended', async () => {
    tabs = await Tabs.of();
    const proxy = await TcpProxy.to(Number(new URL(served.url).port));
    try {
      await tabs.enter(proxy.url);
      await tabs.context.clock.install();
      for (let count = 0; count < 2; count += 1) await live(await tabs.open(PLACE, proxy.url));
      for (const page of tabs.pages) await page.evaluate(REMEMBER);
      proxy.cut();
      await tabs.context.clock.fastForward(13_000);
      for (const page of tabs.pages)
        await expect.poll(() => page.evaluate('globalThis.shown'), PATIENCE).toContain('stale');
      proxy.mend();
      proxy.drop();
      for (const page of tabs.pages) await live(page);
      const port = Number(new URL(served.url).port);
      await served.stop();
      for (const page of tabs.pages) await page.locator(".connection[data-kind='lost']").waitFor();
      await served.start(port);
    } finally {
      proxy.close();
    }
  });

  it('have a stream for each place, and for each person: one who loses the say takes nothing from another', async () => {
    tabs = await Tabs.of();
    await tabs.enter();
    const here = await tabs.open();
    const there = await tabs.open('/m/swap/production');
    for (const page of [here, there]) await live(page);
    expect((await tabs.readers()).length).toBe(2);
    const tokens = [await served.token('vi', ['viewer']), await served.token('ole', ['operator'])];
    const [vi, ole] = await Promise.all(
      tokens.map(async (token) => {
        const page = await tabs.context.newPage();
        await page.addInitScript((text) => sessionStorage.setItem('cutover.token', text), token);
        await page.goto(served.url + PLACE);
        await live(page);
        return page;
      }),
    );
    if (vi === undefined || ole === undefined) throw new Error('nobody came');
    await expect.poll(async () => (await tabs.readers()).length, PATIENCE).toBe(4);
    expect(await vi.getByRole('button', { name: 'ROLL BACK' }).count()).toBe(0);
    const id = (tokens[0] ?? '').split('_')[1] ?? '';
    await revokeToken(served.store, systemClock, id, { actor: 'root', reason: 'test' });
    await vi.getByLabel('Token').waitFor();
    await pause('one is gone');
    for (const page of [here, ole]) await sees(page, 'Paused');
    expect(await vi.getByText('Paused').count()).toBe(0);
  });

  it('show what the person may see whom the server takes them for, once that is another one', async () => {
    tabs = await Tabs.of({ proxy: PROXY });
    const as = async (page: Page, name: string): Promise<void> =>
      page.setExtraHTTPHeaders({ 'x-user': name, 'x-groups': name === 'ole' ? 'on-call' : '' });
    const [one, two] = [await tabs.context.newPage(), await tabs.context.newPage()];
    for (const [page, name] of [
      [one, 'vi'],
      [two, 'ole'],
    ] as const) {
      await as(page, name);
      await page.goto(served.url + PLACE);
      await live(page);
    }
    expect((await tabs.readers()).length).toBe(2);
    await sees(one, 'vi · viewer');
    await as(one, 'ole');
    const port = Number(new URL(served.url).port);
    await served.stop();
    await served.start(port);
    await sees(one, 'ole · viewer, operator');
    await one.getByRole('button', { name: 'ROLL BACK' }).waitFor();
    for (const page of tabs.pages) await live(page);
    await expect.poll(() => tabs.streams, PATIENCE).toBe(1);
  });

  it('all say that another log was put in the place of theirs, and show that one', async () => {
    tabs = await Tabs.of();
    const token = await served.token('vi', ['viewer']);
    await tabs.context.addInitScript((text) => sessionStorage.setItem('cutover.token', text), token);
    for (let count = 0; count < 2; count += 1) await tabs.open(`${PLACE}/audit?all=true`);
    for (const page of tabs.pages) await listsAll(page);
    const end = await head();
    await served.away(async () => {
      removeStateFile(served.file);
      const store = await openSqliteStore({ file: served.file, clock: systemClock });
      await register(store, systemClock, served.plan, 'staging');
      for (let value = 1; value <= end + 3; value += 1)
        await operate(store, systemClock, STREAM, {
          kind: 'set-flag',
          flag: 'use_candidate',
          value,
          actor: 'ben',
          reason: 'elsewhere',
        });
      await store.close();
    });
    expect(await head()).toBeGreaterThan(end);
    for (const page of tabs.pages) {
      await sees(page, 'Another log was put in the place');
      await listsAll(page);
      await live(page);
      expect(await page.locator('.timeline').innerText()).not.toContain('eva');
    }
  });

  it('each read by themselves where the browser has no locks, and give the connection back while nobody looks', async () => {
    tabs = await Tabs.of();
    await tabs.enter();
    await tabs.context.addInitScript('delete Navigator.prototype.locks');
    const [one, two] = [await tabs.open(), await tabs.open()];
    for (const page of [one, two]) await live(page);
    expect(tabs.streams).toBe(2);
    await look(one, 'hidden');
    await expect.poll(() => tabs.streams, PATIENCE).toBe(1);
    await pause('nobody looks there');
    await sees(two, 'Paused');
    await look(one, 'visible');
    await sees(one, 'Paused');
    await live(one);
    expect(tabs.streams).toBe(2);
  });
});
