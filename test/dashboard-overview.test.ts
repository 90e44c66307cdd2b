import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './fixtures/axe.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { ServedRun } from './fixtures/served-run.ts';

const missing = whyNoBrowser();
const HERE = '/m/shop/production';
/** What these wait for comes within moments; a machine on which everything takes ten times as long is waited for, too. */
const PATIENCE_MS = 50_000;
const POLL = { timeout: PATIENCE_MS, interval: 100 };
const by = { actor: 'ana', reason: 'enough was seen' };

const TITLE = `the overview${missing === null ? '' : `: ${missing}`}`;

describe.skipIf(missing !== null)(TITLE, { timeout: PATIENCE_MS * 5 }, () => {
  let browser: Browser;
  let run: ServedRun;
  let page: Page;
  const faults: string[] = [];

  // The first start on a machine unpacks it.
  beforeAll(async () => {
    browser = await startBrowser();
    run = await ServedRun.create();
    page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(run.served.links[0] ?? '');
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await run?.remove();
  });

  const open = (path: string) => page.goto(run.served.url + path);
  const region = (name: string) => page.getByRole('region', { name, exact: true });
  const card = (title: string) =>
    page.locator('section.card', { has: page.getByRole('heading', { name: title, exact: true }) });
  const needs = () => card('Needs you').locator('.needs > li .chip').allTextContents();
  const words = async () => (await needs()).map((text) => text.replace(/^\S+\s+/, ''));

  it('lists migrations, those first that need somebody, and says before a run what starts one', async () => {
    await page.getByRole('heading', { name: 'Shop to Drizzle · elsewhere' }).waitFor();
    expect(await page.locator('.places .chip').allTextContents()).toEqual(['◌ not started', '◌ not started']);
    await page.getByRole('link', { name: 'Shop to Drizzle · production' }).click();
    await card('Phases').getByText('No run was started in production').waitFor();
    await card('Phases').getByText("cutover run --reason '…' --environment production").waitFor();
    expect(await card('Phases').locator('.rail .mark').allTextContents()).toEqual([
      '○ ahead',
      '○ ahead',
      '○ ahead',
    ]);
    expect(await card('Phases').locator('.rail .wall').count()).toBe(1);
  });

  it('shows a run as it goes: phases with times, the hold, each repository, what the shadow found', async () => {
    await run.start();
    const marks = () => card('Phases').locator('.rail .mark').allTextContents();
    await expect.poll(marks, POLL).toEqual(['✔ done', '● now', '○ ahead']);
    expect(await card('Phases').locator('.rail > li').first().textContent()).toMatch(/entered .+, took /);
    await card('Phases').getByText('more of observed time').waitFor();
    await expect
      .poll(() => card('Phases').locator('.chip').allTextContents(), POLL)
      .toEqual(['✔ 4 rows green']);
    // What the shadow found is asked for seldom; not so by a page that was just opened.
    await open(HERE);
    const table = region('Repositories');
    const bars = () => table.getByRole('img').evaluateAll((all) => all.map((one) => one.ariaLabel));
    await expect.poll(bars, POLL).toContainEqual('user: 50 % of instances set, 50 % served; 20 % shadow');
    await expect.poll(() => table.getByText('19.9ms → 24.8ms (+24.6 %)').count(), POLL).toBe(3);
    await expect.poll(() => table.getByText('10 % of').count(), POLL).toBe(1);
    await expect.poll(words, POLL).toEqual(['mismatches']);
    await card('Instances').getByText('2 instances, 2 live, 1 with the candidate').waitFor();
    await card('Last events').getByText('canary / hold-1: entered').waitFor();
  });

  it('sorts repositories by what is asked for, and back', async () => {
    const names = () => region('Repositories').locator('tbody th a').allTextContents();
    const head = region('Repositories').getByRole('button', { name: 'Repository' });
    await head.click();
    await expect.poll(names, POLL).toEqual(['bike', 'order', 'user']);
    await head.press('Enter');
    await expect.poll(names, POLL).toEqual(['user', 'order', 'bike']);
    expect(await region('Repositories').locator('th[aria-sort]').getAttribute('aria-sort')).toBe(
      'descending',
    );
  });

  it('leads by key to every screen, with the focus there, and lists the keys', async () => {
    await page.locator('body').press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Mismatches').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    expect(new URL(page.url()).pathname).toBe(HERE);
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await card('Groups').waitFor();
    expect(new URL(page.url()).pathname).toBe(`${HERE}/mismatches`);
    const focused = () => page.locator(':focus').getAttribute('id');
    await expect.poll(focused, POLL).toBe('screen');
    // What is typed is text.
    await page.goBack();
    await card('Phases').waitFor();
  });

  it('looks into mismatches: filters in the address, both sides, a rule that needs a reason, an issue', async () => {
    await open(`${HERE}/mismatches?counts=explained`);
    const rows = () => region('Groups of mismatches').locator('tbody tr');
    await region('Groups of mismatches').getByText('the column has seconds').waitFor();
    expect(await rows().count()).toBe(1);
    await page.getByLabel('explained').selectOption('');
    await expect.poll(() => rows().count(), POLL).toBe(2);
    await page.getByLabel('kind').selectOption('type');
    await expect.poll(() => rows().count(), POLL).toBe(1);
    expect(new URL(page.url()).search).toBe('?kind=type');
    expect(await card('Unexplained').textContent()).toMatch(/of [\d,]+ compared answers differ.*\(10 %\)/);
    await card('Unexplained').getByText('red beyond 90 %').waitFor();
    await page.getByRole('link', { name: 'user.find [].total' }).click();
    const sides = region('Where both sides differ').locator('tbody tr').first();
    await sides.waitFor();
    expect(await sides.locator('code').allTextContents()).toEqual(['[3].total', '12.5', '"12.50"']);
    await card('Both sides').getByText('(7, ‹redacted 12 chars›)').waitFor();
    await card('Rules in force').getByText('the column has seconds').waitFor();
    await card('Explain it').getByText('The rule needs a reason.').waitFor();
    await page.getByLabel('Reason').fill("it's shown with two digits");
    const rule = await region('Ignore rule').textContent();
    expect(rule).toContain(String.raw`reason: 'it\'s shown with two digits'`);
    expect(rule).toContain("owner: 'ana'");
    expect(await region('Issue text').textContent()).toContain('user.find: type at [].total');
    await page.getByText('cutover mismatches replay 0a0b0c0d --environment production').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('link', { name: '← all groups' }).click();
    await expect.poll(() => new URL(page.url()).search, POLL).toBe('?kind=type');
    await open(`${HERE}/mismatches/ffffffff`);
    await page.getByText('There is no mismatch ffffffff in the newest run').waitFor();
    await open('/m/shop/elsewhere/mismatches');
    await card('Unexplained').getByText('The shadow is off').waitFor();
  });

  it('says who has to act before the next phase, and what was taken back and why', async () => {
    await open(HERE);
    await card('Needs you').waitFor();
    await run.operate({ kind: 'advance', choose: null, retry: false, ...by });
    await expect.poll(words, POLL).toEqual(['checklist', 'approval', 'mismatches']);
    await card('Needs you').getByText('2 items of "ready": who is on call; the dashboard is open').waitFor();
    await card('Needs you')
      .getByText("cutover approve --role CTO --reason '…' --environment production")
      .waitFor();
    await run.operate({
      kind: 'rollback',
      repositories: null,
      mode: 'drain',
      actor: 'ana',
      reason: 'wrong totals',
    });
    await card('Taken back: everything').getByText('by a person (ana): wrong totals').waitFor();
    await expect.poll(async () => (await words())[0], POLL).toBe('taken back');
    expect(await card('Phases').locator('.rail .mark').nth(1).textContent()).toBe('↩ taken back here');
    expect(await card('Phases').locator('.rail > li[data-way-back]').count()).toBe(2);
    expect(await card('Phases').getByText('of observed time').count()).toBe(0);
    await expect
      .poll(() => region('Repositories').locator('tbody .chip').allTextContents(), POLL)
      .toEqual(['✖ killed', '✖ killed', '✖ killed']);
    await expect
      .poll(() => card('Last events').locator('li').first().textContent(), POLL)
      .toContain('rolled back: 2 of 2 instances');
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
