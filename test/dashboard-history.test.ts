import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeriesDocument } from '../src/server/routes/charts.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { CliProject } from './fixtures/cli-project.ts';
import { BEGAN_AGO_MS, CALLS, LONG_PLAN, SILENT, writeLongRun } from './fixtures/long-run.ts';
import { Served } from './fixtures/served.ts';

const HERE = '/m/swap/staging';
const HOUR_MS = 3_600_000;
/** Nothing here depends on how soon: what is waited for is on the page, or the test fails. */
const PATIENCE = { timeout: 40_000, interval: 100 };

let served: Served;
let token: string;
let written: Awaited<ReturnType<typeof writeLongRun>>;

beforeAll(async () => {
  served = await Served.create({}, LONG_PLAN);
  written = await writeLongRun(served);
  token = await served.token('root', ['viewer']);
}, 120_000);

afterAll(() => served?.remove());

const sum = (points: readonly (number | null)[] | undefined): number =>
  (points ?? []).reduce<number>((total, point) => total + (point ?? 0), 0);

async function series(query: string): Promise<SeriesDocument> {
  const response = await served.get(`/migrations/swap/staging/series?repository=user${query}`, token);
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as SeriesDocument;
}

describe('two days of a run, from a server', () => {
  it('have every call of the whole run once, and gaps where nobody reported', async () => {
    const whole = await series('&range=run');
    const [user] = whole.repositories;
    expect(sum(user?.control.calls)).toBe(CALLS * written.reports);
    expect(sum(user?.candidate.errors)).toBe(6 * (written.reports - 11));
    expect(sum(user?.shadow.mismatched)).toBe(written.reports);
    expect(whole.times.length).toBeLessThanOrEqual(240);
    expect(whole.knownSince).toBeLessThanOrEqual(written.began + HOUR_MS);
    expect(whole.kept.map(({ everyMs }) => everyMs)).toEqual(expect.arrayContaining([900_000, 60_000]));
    const inGap = whole.times.findIndex((at) => at > written.began + SILENT.from + HOUR_MS);
    expect([whole.coveredMs[inGap], user?.control.calls[inGap], user?.control.p95[inGap]]).toEqual([
      null,
      null,
      null,
    ]);
    const known = user?.candidate.p95.filter((value) => value !== null) ?? [];
    for (const value of known) expect(value).toBeCloseTo(21, 0);
    expect(whole.bands.map(({ phase, step }) => `${phase}/${step}`)).toEqual([
      'canary/half',
      'canary/watch',
      'full/all',
      'full/day',
    ]);
    expect(whole.operations[0]).toMatchObject({ operation: 'find', mismatched: written.reports });
  });

  it('have the calls a second of an hour in every one of its stretches', async () => {
    const { coveredMs, repositories, bucketMs } = await series('&last=43200000&step=3600000');
    expect(bucketMs).toBe(HOUR_MS);
    const calls = repositories[0]?.control.calls ?? [];
    const aSecond = calls.flatMap((one, index) =>
      one === null ? [] : [(one / (coveredMs[index] ?? 1)) * 1_000],
    );
    expect(aSecond.length).toBeGreaterThan(7);
    for (const rate of aSecond) expect(rate).toBeCloseTo(CALLS / 300, 5);
  });

  it('are cut to a phase and to a time that is asked for', async () => {
    const canary = await series('&phase=canary');
    expect([canary.from, canary.to]).toEqual([written.began + HOUR_MS, written.began + 12 * HOUR_MS]);
    expect(new Set(canary.bands.map(({ phase }) => phase))).toEqual(new Set(['canary']));
    const full = await series('&range=phase');
    expect(full.from).toBe(written.began + 12 * HOUR_MS);
    const { from, to, times, bucketMs } = await series(
      `&from=${written.began + 14 * HOUR_MS}&to=${written.began + 16 * HOUR_MS}&step=600000`,
    );
    expect(to - from).toBe(2 * HOUR_MS);
    // Two days ago 15 minutes are as fine as it is kept.
    expect([600_000, 900_000]).toContain(bucketMs);
    expect(times.length * bucketMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
  });

  it.each([
    ['&last=172800000&step=60000', 'query.step: 60000 ms cut 172800000 ms into more than 600 stretches'],
    ['&range=run&last=600000', 'a phase or a run has its own times'],
    ['&phase=canery', 'did you mean "canary"?'],
    ['&from=1000&to=2000', 'nothing is kept for longer'],
    ['&last=9000000000', 'query.last'],
    ['&range=week', 'query.range'],
  ])('are refused as %s, and why is said', async (query, why) => {
    const response = await served.get(`/migrations/swap/staging/series?repository=user${query}`, token);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain(JSON.stringify(why).slice(1, -1));
  });

  it('have the mismatches of all of it', async () => {
    const response = await served.get('/migrations/swap/staging/mismatches', token);
    const found = Object(await response.json());
    expect(found).toMatchObject({ compared: 20 * written.reports, different: written.reports });
    expect(found.groups).toMatchObject([{ id: '0a0b0c0d', count: written.reports }]);
  });
});

describe('two days of a run, on the command line', () => {
  let project: CliProject;
  beforeAll(async () => {
    project = await CliProject.create(LONG_PLAN);
  });
  afterAll(() => project?.remove());

  const history = (...args: readonly string[]) =>
    project.run(['history', '--environment', 'staging', '--store', served.file, ...args]);

  it('has both sides next to each other, over each phase and over all of it', async () => {
    const { code, stdout, stderr } = await history();
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^canary, .*Z to .*Z\n +calls +\/s +errors +p50 +p95 +p99\n +user +control +[\d,]+ +2 +0 % /,
    );
    expect(stdout).toMatch(/candidate +[\d,]+ +2 +1 % +1\d\.?\d*ms/);
    expect(stdout).toContain('\nfull, ');
    expect(stdout).toContain('\nAll of it, ');
    expect(stdout).toMatch(/user: [\d,]+ of [\d,]+ compared answers differ \(5 %\)/);
    expect(stdout).toContain('nobody reported for 3h');
    const all = Object(JSON.parse((await history('--json')).stdout));
    const ofAll = all.stretches.at(-1).repositories[0];
    expect(ofAll.control.calls).toBe(CALLS * written.reports);
    const phases = all.stretches
      .slice(0, -1)
      .map((one: { repositories: (typeof ofAll)[] }) => one.repositories[0]);
    // The hour before the first phase is in no phase.
    const before = 11 * CALLS;
    expect(phases.reduce((calls: number, one: typeof ofAll) => calls + one.control.calls, 0)).toBe(
      ofAll.control.calls - before,
    );
  });

  it('has one phase, or a time that is asked for, and says what is wrong with another', async () => {
    const canary = Object(JSON.parse((await history('--phase', 'canary', '--json')).stdout));
    expect(canary.stretches).toHaveLength(1);
    expect(canary.stretches[0]).toMatchObject({ phase: 'canary', from: written.began + HOUR_MS });
    const last = await history('--last', '6h');
    expect(last.stdout, last.stderr).toMatch(/^All of it, /);
    const wrong = await history('--phase', 'canery');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "canary"?')]);
    const long = await history('--last', '90d');
    expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('90d is more than 60d')]);
    // Before there is a state the last hour is that of this machine.
    const none = await project.run(['history', '--environment', 'staging', '--last', '1h']);
    expect(none.stdout, none.stderr).toMatch(/^All of it, 20\d\d-[^]*nothing is known of it/);
    const both = await history('--last', '1h', '--phase', 'canary');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('leave one of them out')]);
  });
});

describe.skipIf(whyNoBrowser() !== null)('two days of a run, in a browser', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(served.links.at(-1) ?? '');
  });
  afterAll(() => browser?.close());

  const open = async (range: string): Promise<void> => {
    await page.goto(`${served.url}${HERE}/repositories/user?range=${range}`);
    await expect.poll(() => page.locator('.plot svg').count(), PATIENCE).toBe(4);
  };

  it('are a link each: a day, a phase, the whole run', async () => {
    await open('24h');
    expect(await page.getByLabel('Shown').inputValue()).toBe('24h');
    const kept = page.locator('.charts + p');
    await expect.poll(() => kept.innerText(), PATIENCE).toMatch(/^Each number is of \d+m\. Kept every 1m/);
    // A line that ends where nobody reported, and begins anew.
    const line = await page.locator('.plot .lines path[data-tone="control"]').first().getAttribute('d');
    expect(line?.match(/M/g)?.length).toBe(2);
    await page.locator('.chart summary').first().click();
    const rows = page.locator('.chart').first().locator('tbody tr');
    await expect.poll(() => rows.count(), PATIENCE).toBeGreaterThan(200);
    expect(await rows.first().innerText()).toMatch(/^[A-Z][a-z]{2} \d+, \d\d:\d\d/);
    expect(await rows.filter({ hasText: '––' }).count()).toBeGreaterThan(20);
    await page.getByLabel('Shown').selectOption('run');
    await expect.poll(() => page.url(), PATIENCE).toContain('?range=run');
    const bands = async () => (await page.locator('.bands').first().textContent()) ?? '';
    await expect.poll(bands, PATIENCE).toContain('watch');
    await expect.poll(() => kept.innerText(), PATIENCE).toContain('Kept every 15m before');
    await expect
      .poll(() => page.locator('.happened').innerText(), PATIENCE)
      .toContain('the canary of Tuesday');
    await open('phase');
    await expect.poll(bands, PATIENCE).toContain('day');
    expect(await bands()).not.toContain('watch');
  });

  it.each([1_440, 360])('are for everybody at %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const range of ['24h', 'run']) {
      await open(range);
      await page.evaluate(axe.source);
      const found: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' | ')))`);
      expect(found, range).toEqual([]);
      const wide: number = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide, range).toBeLessThanOrEqual(width);
      const drawn = await page.locator('.plot .lines path').first().getAttribute('d');
      expect(drawn?.length, range).toBeGreaterThan(100);
    }
    expect(complaints).toEqual([]);
    expect(served.faults).toEqual([]);
    expect(BEGAN_AGO_MS).toBeGreaterThan(48 * HOUR_MS);
  });
});
