import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operate, startRun } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { Served } from './fixtures/served.ts';
import { TcpProxy } from './fixtures/tcp-proxy.ts';
import { Visitor } from './fixtures/visitor.ts';

const PLACE = '/m/swap/staging';
const STREAM = 'swap/staging';
const SLOW = { timeout: 240_000 };

let browser: Browser;
let served: Served;

const why = whyNoBrowser();

describe.skipIf(why !== null)('the pages in trouble', SLOW, () => {
  beforeAll(async () => {
    browser = await startBrowser();
  }, SLOW.timeout);
  afterAll(() => browser.close());
  beforeEach(async () => {
    served = await Served.create();
    await startRun(served.store, systemClock, {
      plan: served.plan,
      planHash: served.hash,
      environment: 'staging',
      timeScale: 1,
      random: seededRandom(1),
      actor: 'eva',
      reason: 'test',
    });
  });
  afterEach(() => served.remove());

  const pause = () =>
    operate(served.store, systemClock, STREAM, { kind: 'pause', actor: 'eva', reason: 'nobody watches' });
  const kinds = async (kind: string): Promise<number> =>
    (await served.store.read(STREAM, 0)).filter((event) => event.kind === kind).length;

  it('a stream that died without a word is called stale within its limit, and comes back by itself', async () => {
    const proxy = await TcpProxy.to(Number(new URL(served.url).port));
    try {
      const visitor = await Visitor.withToken(
        browser,
        proxy.url + PLACE,
        await served.token('vi', ['viewer']),
      );
      const { page } = visitor;
      await visitor.sees('Running');
      await page.clock.install();
      await page.reload();
      await visitor.standing('live');
      proxy.cut();
      await pause();
      // The limit of the page; what was on its way when the line was cut may still be read as new.
      await page.clock.fastForward(13_000);
      await visitor.standing('stale');
      expect(await page.locator('.frame').getAttribute('data-connection')).toBe('stale');
      await visitor.sees('Running');
      proxy.mend();
      await page.clock.fastForward(30_000);
      await visitor.standing('live');
      await visitor.sees('Paused');
    } finally {
      proxy.close();
    }
  });

  it('a server that ended is told from one that is silent; what could not be sent is kept, and sent once', async () => {
    const visitor = await Visitor.withToken(
      browser,
      served.url + PLACE,
      await served.token('ana', ['operator']),
    );
    const { page, dialog, send } = visitor;
    const port = Number(new URL(served.url).port);
    await served.stop();
    await visitor.standing('lost');
    await page.getByRole('button', { name: 'ROLL BACK' }).click();
    await visitor.fill({ 'Reason, kept in the log': "it's wrong" });
    const command = `cutover rollback --reason 'it'\\''s wrong' --environment staging`;
    expect(await dialog.locator('.command code').textContent()).toBe(command);
    await send.click();
    await visitor.sees('It could not be sent');
    expect(await kinds('rollback.started')).toBe(0);
    await served.start(port);
    await visitor.standing('live');
    await send.click();
    await dialog.waitFor({ state: 'detached' });
    await visitor.sees('rolled back and verified');
    expect(await kinds('rollback.started')).toBe(1);
    await visitor.leave();
  });

  it('what is not answered is said, with for how long and why, and asked for again; nobody is told meanwhile that all is well', async () => {
    const visitor = await Visitor.of(browser);
    const { page } = visitor;
    const token = await served.token('vi', ['viewer']);
    let hanging = /\/app\.js$/;
    await page.route('**', (route) => (hanging.test(route.request().url()) ? undefined : route.continue()));
    await page.addInitScript((text) => sessionStorage.setItem('cutover.token', text), token);
    await page.goto(served.url + PLACE, { waitUntil: 'commit' });
    await visitor.sees('Loading the page');
    await visitor.sees('This takes long');
    await page.clock.install();
    hanging = /\/me$/;
    await page.goto(served.url + PLACE);
    await visitor.sees('Asking the server who you are');
    await page.clock.runFor(4_000);
    await visitor.sees(/No answer for \d+ s/);
    await page.clock.runFor(12_000);
    await visitor.sees('the server did not answer within 15 s');
    hanging = /\/stream\?/;
    await page.clock.runFor(3_000);
    await visitor.sees('Reading what the server knows');
    await page.clock.runFor(13_000);
    await visitor.sees('the server did not answer within 12 s');
    await visitor.sees(/^disconnected/);
    hanging = /\/waiting$/;
    await page.clock.runFor(6_000);
    await visitor.sees('Reading what waits for a person');
    await visitor.sees(/matters? so far/);
    hanging = /^$/;
    await expect
      .poll(
        async () => {
          await page.clock.runFor(21_000);
          return page.getByText(/matters? so far/).count();
        },
        { timeout: 90_000, interval: 1_000 },
      )
      .toBe(0);
    await visitor.leave();
  });

  it('two operators who do the same at once see one truth, and the second is told', async () => {
    const [ana, ben] = await Promise.all(
      ['ana', 'ben'].map(async (name) =>
        Visitor.withToken(browser, served.url + PLACE, await served.token(name, ['operator'])),
      ),
    );
    if (ana === undefined || ben === undefined) throw new Error('nobody came');
    for (const { page } of [ana, ben]) await page.getByRole('button', { name: 'Pause' }).click();
    for (const one of [ana, ben]) await one.fill({ 'Reason, kept in the log': 'release freeze' });
    await Promise.all([ana, ben].map(({ send }) => send.click()));
    const told = async () =>
      (
        await Promise.all(
          [ana, ben].map(async ({ page }) =>
            (await page.locator('.said p, .failure').allTextContents()).join(''),
          ),
        )
      ).toSorted();
    await expect
      .poll(told, { timeout: 90_000 })
      .toEqual(['Paused.', expect.stringMatching(/^Refused \(RUN_STATE\): cannot pause: run \S+ is paused/)]);
    for (const one of [ana, ben]) await one.sees('release freeze');
    expect(await kinds('run.paused')).toBe(1);

    for (const { page, dialog } of [ana, ben]) {
      if ((await dialog.count()) > 0) await page.keyboard.press('Escape');
      await page.keyboard.press('Shift+R');
    }
    for (const one of [ana, ben]) await one.fill({ 'Reason, kept in the log': 'wrong balances' });
    for (const { dialog, send } of [ana, ben]) {
      await send.click();
      await dialog.waitFor({ state: 'detached' });
    }
    await ana.sees('The flags of everything are down');
    await ben.sees('everything was taken back already: nothing was done twice');
    for (const one of [ana, ben]) await one.sees('rolled back and verified');
    expect(await kinds('rollback.started')).toBe(1);
    for (const one of [ana, ben]) await one.leave();
  });
});
