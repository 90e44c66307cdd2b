import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { parsePlan } from '../src/config/index.ts';
import { Controller, operate, startRun } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { PLAN } from './fixtures/cli-project.ts';
import { Served } from './fixtures/served.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const ITEMS = Array.from({ length: 30 }, (_, index) => `item ${index + 1}`);

/** The plan of the run: it holds for longer than any test. */
const RUN: PlanInput = {
  ...PLAN,
  checklists: { ready: ITEMS },
  freezes: [{ from: '2027-12-20', to: '2027-12-31', reason: 'the end of the year' }],
  people: {
    contacts: [{ role: 'CTO', name: 'Dana', contact: 'dana@example.test' }],
    links: { runbook: 'https://example.test/runbook', script: 'javascript:alert(1)' },
  },
  phases: [
    {
      ...PLAN.phases[0],
      title: 'A rehearsal',
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances' },
        { kind: 'hold', for: '48h' },
      ],
    },
    PLAN.phases[1],
  ],
};

/** The plan as it was edited since: the server has this one, and it needs people. */
const EDITED: PlanInput = {
  ...RUN,
  phases: [
    {
      ...RUN.phases[0],
      needs: { checklists: ['ready'], approvals: ['CTO', 'Lead'] },
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances' },
        { kind: 'hold', for: '24h' },
      ],
    },
    PLAN.phases[1],
  ] as PlanInput['phases'],
};

const MOVED: PlanInput = {
  ...PLAN,
  id: 'move',
  title: 'Move',
  topology: 'two-store',
  environments: { staging: {} },
  phases: [
    {
      id: 'copy',
      environment: 'staging',
      steps: [{ kind: 'command', title: 'Copy', run: ['copy-data', '--all'] }],
    },
  ],
};

const HERE = '/migrations/swap/staging';
const PATIENCE = { timeout: 20_000, interval: 50 };
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const whyNot = whyNoBrowser();
let served: Served;
let fleet: SimulatedFleet;
let browser: Browser | undefined;
const tokens: Record<string, string> = {};
const contexts = new Map<string, BrowserContext>();
const trouble: string[] = [];

beforeAll(async () => {
  if (whyNot !== null) return;
  const [edited, moved] = [parsePlan(EDITED), parsePlan(MOVED)];
  served = await Served.create({ plans: [edited, moved] }, RUN);
  fleet = new SimulatedFleet(served.store, 'swap/staging', ['i1', 'i2']).start();
  tokens['root'] = await served.token('root', ['administrator']);
  tokens['vi'] = await served.token('vi', ['viewer']);
  tokens['dana'] = await served.token('dana', ['approver']);
  tokens['ana'] = await served.token('ana', ['operator']);
  await runAndTakeBack();
  browser = await startBrowser();
});

/** A browser has six connections to a server, and each page keeps one of them. */
afterEach(async () => {
  for (const context of contexts.values()) for (const page of context.pages()) await page.close();
});

afterAll(async () => {
  if (whyNot !== null) return;
  await browser?.close();
  await fleet.stop();
  await served.remove();
});

/** A run that is taken back by a person, by a real controller. */
async function runAndTakeBack(): Promise<void> {
  const { store, plan, hash: planHash } = served;
  const by = { actor: 'ben', reason: 'to see it go back' };
  const random = seededRandom(1);
  await startRun(store, systemClock, { plan, planHash, environment: 'staging', timeScale: 1, random, ...by });
  const stop = new AbortController();
  const controlled = new Controller({
    store,
    clock: systemClock,
    stream: 'swap/staging',
    holder: 'test',
    leaseMs: 30_000,
    effects: { run: () => Promise.resolve({ ok: true, output: '' }) },
  }).run(stop.signal);
  const status = async () =>
    JSON.parse(await (await served.get(`${HERE}/status`, tokens['vi'] ?? '')).text());
  await vi.waitFor(async () => expect((await status()).gate?.verdict).toBe('pass'), PATIENCE);
  await served.post(`${HERE}/rollback`, tokens['ana'] ?? '', { reason: 'the numbers look odd' });
  await vi.waitFor(async () => expect((await status()).state).toBe('rolled-back'), PATIENCE);
  stop.abort();
  await controlled.catch(() => {});
}

/** A page as somebody sees it. */
async function open(who: string, path: string, place = 'swap/staging'): Promise<Page> {
  const known = contexts.get(who);
  if (browser === undefined) throw new Error('there is no browser');
  const context = known ?? (await browser.newContext({ viewport: { width: 1200, height: 700 } }));
  if (known === undefined) {
    contexts.set(who, context);
    await context.addInitScript(`sessionStorage.setItem('cutover.token', '${tokens[who]}')`);
    await context.addInitScript(`window.print = () => { window.isPrinted = true; }`);
  }
  const page = await context.newPage();
  page.on('pageerror', (error) => trouble.push(`${path}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') trouble.push(`${path}: ${message.text()}`);
  });
  await page.goto(`${served.url}/m/${place}/${path}`);
  return page;
}

/** Waits until the page says it. */
const says = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('main').getByText(text).first().waitFor();

async function textOf(page: Page): Promise<string> {
  return page.locator('main').innerText();
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
  );
}

describe.skipIf(whyNot !== null)('the pages about the past and the plan', () => {
  it('audit: tells who did what, proves it, and is cut down by what its address says', async () => {
    const page = await open('vi', 'audit');
    await says(page, /the chain is whole/);
    await says(page, /ROLLBACK of everything \(person\) by ana: the numbers look odd/);
    await page.getByLabel('Who').fill('ben');
    await page.getByLabel('Who').press('Enter');
    await page.waitForURL(/actor=ben/);
    await page.locator('.timeline li').nth(0).waitFor();
    await expect.poll(() => page.locator('.timeline').innerText(), PATIENCE).not.toContain('ROLLBACK');
    expect(await page.locator('.timeline').innerText()).toContain('started by ben: to see it go back');
    await page.goto(`${served.url}/m/swap/staging/audit?kind=rollback&repository=user`);
    await says(page, /ROLLBACK of everything/);
    const log = JSON.parse(
      await (await served.get(`${HERE}/log?kind=rollback.started`, tokens['vi'] ?? '')).text(),
    );
    await page.locator('.timeline summary').last().click();
    await says(page, log.events[0].hash);
    expect(await page.locator('.timeline').innerText()).not.toContain('started by ben');
    expect(await textOf(page)).not.toContain('Tokens');
    expect(await violations(page)).toEqual([]);
  });

  it('audit: is kept as a file, whole and with its hashes', async () => {
    const page = await open('vi', 'audit');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'The whole log as JSON' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('swap-staging-log.json');
    const { events } = JSON.parse(await readFile(await file.path(), 'utf8'));
    const head = await served.store.head('swap/staging');
    expect(events.at(-1).hash).toBe(head?.hash);
    expect(events).toHaveLength(head?.seq ?? 0);
  });

  it('audit: leaves what is read where it is while more happens', async () => {
    const page = await open('vi', 'audit');
    const by = { actor: 'ana', reason: 'seen' };
    const check = (item: string) =>
      operate(served.store, systemClock, 'swap/staging', {
        kind: 'check',
        plan: parsePlan(EDITED).plan,
        checklist: 'ready',
        items: [item],
        ...by,
      });
    await says(page, /the chain is whole/);
    await says(page, /ROLLBACK of everything/);
    for (const item of ITEMS.slice(0, 20)) await check(item);
    // At the top they come by themselves.
    await says(page, /"item 20" confirmed by ana/);
    await page.evaluate(`scrollTo({ top: 600, behavior: 'instant' })`);
    await expect.poll(() => page.evaluate('scrollY'), PATIENCE).toBe(600);
    const read = page.locator('.timeline li').nth(8);
    const before = await read.boundingBox();
    const words = await read.innerText();
    await check('item 21');
    const held = page.getByRole('button', { name: 'One newer event: show' });
    await held.waitFor();
    expect(await read.boundingBox()).toEqual(before);
    // Its age goes on; what happened does not.
    expect((await read.innerText()).split('\n').slice(1)).toEqual(words.split('\n').slice(1));
    await held.click();
    await says(page, /"item 21" confirmed by ana/);
    await held.waitFor({ state: 'detached' });
  });

  it('audit: shows tokens and refusals to administrators alone', async () => {
    await served.post(`${HERE}/pause`, tokens['vi'] ?? '', { reason: 'may I?' });
    const page = await open('root', 'audit');
    await says(page, 'Refusals and changes of tokens');
    await says(page, /Token “vi” \(viewer\) made by root: test/);
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'read again' }).last().click();
        return textOf(page);
      }, PATIENCE)
      .toMatch(/FORBIDDEN: POST \S+\/pause, once, vi from/);
    expect(await textOf(page)).not.toContain(tokens['vi']?.split('_')[2]);
  });

  it('plan: is said in words, with its hash and with what changed since the run began', async () => {
    const page = await open('vi', 'plan');
    const { hash } = parsePlan(EDITED);
    await says(page, hash);
    const text = await textOf(page);
    expect(text).toContain('hold 24h on the matrix');
    expect(text).toContain('Needs the approval of CTO, Lead, not older than 24h.');
    expect(text).toContain('2027-12-20 to 2027-12-31');
    expect(text).toContain('dana@example.test');
    const changes = page.getByRole('region', { name: 'What changed' });
    expect(await changes.innerText()).toMatch(/phases\.rehearsal\.steps\.hold-1\.for\s+48h\s+24h/);
    expect(await changes.innerText()).not.toContain('rollback');
    const links = page.locator('main a');
    expect(await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')))).toEqual([
      'https://example.test/runbook',
    ]);
    expect(await violations(page)).toEqual([]);
  });

  it('approvals: are given for a hash by whoever may, once, and shown to all', async () => {
    const watching = await open('vi', 'approvals');
    await says(watching, 'Two pairs of eyes');
    expect(
      await watching
        .locator('main')
        .getByRole('button', { name: /Approve|Confirm/ })
        .count(),
    ).toBe(0);
    const page = await open('dana', 'approvals');
    await page.getByRole('button', { name: 'Approve as CTO' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain(parsePlan(EDITED).hash);
    expect(await dialog.innerText()).toMatch(/cutover approve --role CTO .*--environment staging/);
    await dialog.locator('[name=reason]').fill('read it twice');
    await dialog.getByRole('button', { name: 'Approve as CTO' }).click();
    await says(page, /Approved by dana .*read it twice/);
    await says(page, 'You approved it already, as CTO: this takes another person.');
    expect(await page.getByRole('button', { name: 'Approve as Lead' }).count()).toBe(0);
    await says(watching, /Approved by dana .*read it twice/);
    await page.getByRole('button', { name: 'Confirm' }).last().click();
    await dialog.locator('[name=reason]').fill('looked');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await says(watching, /confirmed by dana, .* looked/);
    expect(await violations(page)).toEqual([]);
  });

  it('report: has the run on paper, without what is only for a screen', async () => {
    const page = await open('vi', 'report');
    await says(page, 'Swap in staging');
    await says(page, /the numbers look odd/);
    const text = await textOf(page);
    expect(text).toContain('by ben: to see it go back');
    expect(text).toMatch(/A rehearsal\s+2/);
    expect(text).toMatch(/✔ \S+ of 20s/);
    expect(text).toContain('exposure set: 50 % of instances');
    const looks = page.getByRole('region', { name: 'Looks by verdict' });
    expect(await looks.innerText()).toMatch(/rehearsal\s+matrix\s+[1-9]/);
    await page.getByRole('button', { name: 'Print' }).click();
    await expect.poll(() => page.evaluate('window.isPrinted'), PATIENCE).toBe(true);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.emulateMedia({ media: 'screen' });
    expect(await violations(page)).toEqual([]);
  });

  it('data, schema, drills: say what is not there and why, and what is known', async () => {
    const page = await open('vi', 'data');
    await says(page, /This plan moves no data/);
    await page.goto(`${served.url}/m/move/staging/data`);
    await says(page, /This version does not move data/);
    await says(page, 'command copy-data --all');
    await page.goto(`${served.url}/m/move/staging/schema`);
    await says(page, /applies no migration and reads no ledger/);
    await says(page, 'command copy-data --all');
    await page.goto(`${served.url}/m/swap/staging/drills`);
    await says(page, /ana: the numbers look odd/);
    const text = await textOf(page);
    expect(text).toMatch(/✔ \S+ of 20s\s+2 of 2 acknowledged/);
    expect(text).toContain('Nothing was ever taken back in production');
    expect(text).toContain('This version makes no backup');
    expect(await violations(page)).toEqual([]);
  });

  it('none of them fails in the console', () => {
    expect(trouble).toEqual([]);
  });
});
