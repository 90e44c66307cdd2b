import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operate } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { ChartedRun } from './fixtures/charted-run.ts';

const HERE = '/m/swap/staging';
/** Nothing here depends on how soon: what is waited for is on the page, or the test fails. */
const PATIENCE = { timeout: 40_000, interval: 100 };

let run: ChartedRun;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

describe.skipIf(whyNoBrowser() !== null)('a run in a browser', () => {
  beforeAll(async () => {
    [run, browser] = await Promise.all([ChartedRun.start(), startBrowser()]);
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (said) => {
      if (said.type() === 'error') complaints.push(said.text());
    });
    await page.goto(run.link);
  });

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  const open = async (path: string): Promise<void> => {
    await page.goto(`${run.served.url}${HERE}/${path}`);
  };
  const text = (selector: string) => page.locator(selector).allInnerTexts();

  it('has four charts of a repository with both sides, limits, and the same in words and numbers', async () => {
    await open('repositories/bike');
    await expect.poll(() => page.locator('.plot svg').count(), PATIENCE).toBe(4);
    const titles = await text('.chart h2');
    expect(titles).toEqual(['Calls a second', 'Response time', 'Error rate', 'Mismatch rate']);
    const legends = await text('.chart .legend');
    expect(legends[0]).toMatch(/control .*\/s[^]*candidate .*\/s/);
    expect(legends[1]).toContain('red limit: Bikes p95, over control');
    expect(legends[1]).toContain('red limit: Alert: bikes 400ms');
    expect(legends[2]).toContain('red limit: Errors 20 %');
    expect(legends[3]).toContain('5 %');
    const summaries = await page.locator('.chart > .sr-only').allTextContents();
    expect(summaries[3]).toContain('Mismatch rate. At the end: of compared answers 5 %');
    await page.locator('.chart summary').first().click();
    const rows = page.locator('.chart').first().locator('tbody tr');
    await expect.poll(() => rows.count(), PATIENCE).toBeGreaterThan(0);
    expect(await rows.first().innerText()).toMatch(/^\d\d:\d\d:\d\d\s+\S+\s+\S+$/);
  });

  it('has one cursor for all of them', async () => {
    const times = () => text('.legend-time');
    expect(new Set(await times())).toEqual(new Set(['newest']));
    const over = page.locator('.plot svg').nth(1);
    const pointed = async (): Promise<readonly string[]> => {
      const { width, height } = (await over.boundingBox()) ?? { width: 0, height: 0 };
      await over.hover({ position: { x: width * 0.9, y: height / 2 } });
      return [...new Set(await times())];
    };
    await expect.poll(pointed, PATIENCE).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d UTC$/)]);
    await page.mouse.move(0, 0);
    await expect.poll(times, PATIENCE).toEqual(Array(4).fill('newest'));
  });

  it('says what decides, what each operation does, and what happened', async () => {
    const facts = (await text('.facts')).join(' ');
    expect(facts).toContain('50 % of instances on the candidate, by the global flag');
    expect(facts).toContain('100 % of reads are compared');
    const operations = (await text('.stacked tbody')).join(' ');
    expect(operations).toMatch(/find[^]*→[^]*of/);
    const happened = (await text('.happened')).join(' ');
    expect(happened).toContain('the canary of Tuesday');
    await page.getByRole('button', { name: 'Mismatches' }).click();
    await expect
      .poll(() => page.locator('th[aria-sort="descending"]').innerText(), PATIENCE)
      .toContain('Mismatches');
  });

  it('shows as much of the past as the address says', async () => {
    await page.getByLabel('Shown').selectOption('5m');
    await expect.poll(() => page.url(), PATIENCE).toContain('?range=5m');
    // The charts of another range are new ones, whose tables are closed.
    const rows = async (): Promise<number> => {
      const [table] = await page.locator('.chart details').all();
      await table?.evaluate((one) => one.setAttribute('open', ''));
      return page.locator('.chart').first().locator('tbody tr').count();
    };
    // Five minutes in stretches of two seconds.
    await expect.poll(rows, PATIENCE).toBeGreaterThan(140);
  });

  it('has the matrix of its phase, and what comes next', async () => {
    await open('phases');
    const matrix = page.locator('.matrix tbody tr');
    await expect
      .poll(() => matrix.filter({ hasText: 'Errors' }).innerText(), PATIENCE)
      .toMatch(/1 % of [\d,]+ samples/);
    expect(await matrix.filter({ hasText: 'Bikes p95' }).innerText()).toContain('not applicable');
    expect(await matrix.filter({ hasText: 'Memory' }).innerText()).toContain('measured of processes');
    expect(await page.locator('.next').innerText()).toMatch(
      /^Waits for .* of observed time; then full \/ all: expose 100 % of instances\.$/,
    );
    await expect
      .poll(async () => Number(await page.locator('progress').getAttribute('value')), PATIENCE)
      .toBeGreaterThan(0);
    const errors = matrix.filter({ hasText: 'Errors' });
    await errors.locator('summary').click();
    await expect
      .poll(() => errors.locator('details li').allInnerTexts(), PATIENCE)
      .toEqual(expect.arrayContaining([expect.stringContaining('Evidence that it is beyond red')]));
    await page.getByRole('link', { name: 'Everything' }).click();
    await expect.poll(() => page.locator('.next').innerText(), PATIENCE).toBe('This phase has not begun.');
    expect(page.url()).toBe(`${run.served.url}${HERE}/phases/full`);
  });

  it.each(['light', 'dark'] as const)('is for everybody, on a wall and on a phone, in %s', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    for (const path of ['repositories/bike', 'phases'])
      for (const width of [1_440, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await open(path);
        await page
          .locator(path === 'phases' ? '.matrix' : '.plot svg')
          .first()
          .waitFor();
        await page.evaluate(axe.source);
        const found: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' | ')))`);
        expect(found, `${path} at ${width}`).toEqual([]);
        const wide: number = await page.evaluate('document.documentElement.scrollWidth');
        expect(wide, `${path} at ${width}`).toBeLessThanOrEqual(width);
      }
  });

  it('shows that it was taken back, and what there is to say of a name that is none', async () => {
    await open('repositories/user');
    const { store } = run.served;
    await operate(store, systemClock, 'swap/staging', {
      kind: 'rollback',
      repositories: null,
      mode: 'drain',
      actor: 'ana',
      reason: 'wrong order of results',
    });
    const happened = async () => (await text('.happened')).join(' ');
    await expect.poll(happened, PATIENCE).toContain('wrong order of results');
    await expect.poll(() => page.locator('.facts').innerText(), PATIENCE).toContain('killed, pins finish');
    await open('repositories/usr');
    await expect
      .poll(() => text('.empty'), PATIENCE)
      .toEqual(['There is no repository “usr” in this plan. It has user, bike.']);
    expect(complaints).toEqual([]);
    expect(run.served.faults).toEqual([]);
  });
});
