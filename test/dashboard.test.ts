import type { ChildProcess } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanInput } from '../src/plan/index.ts';
import { violationsOf } from './fixtures/axe.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { CliProject, type Running } from './fixtures/cli-project.ts';
import { ForkedApps, serves, SWAP } from './fixtures/forked-app.ts';
import { Visitor } from './fixtures/visitor.ts';

/** The plan of the applications, in a protected environment, with a hold that outlasts every test. */
const PLAN = {
  ...SWAP,
  environments: { production: { protected: true } },
  instances: { lease: '10m' },
  measure: { window: '2s', every: '500ms', minSamples: 10, maxAge: '10s', looks: 2 },
  checklists: { ready: ['the team knows', 'on call is there'] },
  phases: [
    {
      id: 'all',
      environment: 'production',
      needs: { checklists: ['ready'] },
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'hold', for: '2h' },
      ],
    },
  ],
  rollback: { budget: '5m' },
} as unknown as PlanInput;
const SLOW = { timeout: 400_000 };
const why = whyNoBrowser();

let browser: Browser;
let project: CliProject;
let running: Running;
let apps: readonly ChildProcess[];
let server: { readonly url: string; readonly link: string };
const forked = new ForkedApps();

const confirmed = ['--environment', 'production', '--confirm', 'swap', '--reason', 'test'] as const;

async function serve(...args: readonly string[]): Promise<typeof server> {
  const serving = project.start(['serve', '--json', ...args]);
  await serving.until('cutover.serving/1');
  return JSON.parse(serving.said().split('\n')[0] ?? '');
}

/** A token that the server knows: it learns of one as of any change. */
async function tokenOf(name: string, role: string, url = server.url): Promise<string> {
  const { code, stdout, stderr } = await project.run(['token', 'create', name, '--role', role]);
  expect(code, stderr).toBe(0);
  const headers = { authorization: `Bearer ${stdout.trim()}` };
  const me = async (): Promise<number> => (await fetch(`${url}/api/v1/me`, { headers })).status;
  await expect.poll(me, { timeout: 60_000 }).toBe(200);
  return stdout.trim();
}

/** Real applications on a real run, everything on the candidate, and a real server. */
async function begin(): Promise<void> {
  browser = await startBrowser();
  project = await CliProject.create(PLAN);
  const checked = await project.run(['check', 'ready', '--all', ...confirmed]);
  expect(checked.code, checked.stderr).toBe(0);
  apps = await Promise.all(
    ['i1', 'i2'].map((name) => forked.start('node-app.ts', [project.storeFile, name, '200ms'])),
  );
  running = project.start(['run', ...confirmed]);
  await running.until('more of observed time');
  server = await serve();
}

async function end(): Promise<void> {
  await browser.close();
  forked.end();
  await project.remove();
}

describe.skipIf(why !== null)('the pages on a real run', SLOW, () => {
  beforeAll(begin, SLOW.timeout);
  afterAll(end);

  it('every screen opens without a complaint of the browser or of axe, wide and narrow, light and dark', async () => {
    const visitor = await Visitor.withToken(
      browser,
      `${server.url}/m/swap/production`,
      await tokenOf('root', 'administrator'),
    );
    const { page } = visitor;
    const screens = await addressesOf(visitor);
    expect(screens.length).toBeGreaterThanOrEqual(1);
    const found: string[] = [];
    for (const address of screens) {
      await page.goto(address);
      await isThere(visitor);
      for (const width of [360, 1440])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          const wrong = await violationsOf(page);
          const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          if (Number(over) > 0) found.push(`${address} at ${width}: ${String(over)} px too wide`);
          found.push(...wrong.map((one) => `${address} at ${width}, ${colorScheme}: ${one}`));
        }
    }
    // An address that was mistyped is one, too.
    await page.goto(`${server.url}/m/swap/production/%zz`);
    await visitor.sees('There is no screen “%zz”.');
    expect(found).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  it('the dialogs are as good as the screens, and say what is missing before anything is sent', async () => {
    const visitor = await Visitor.withToken(
      browser,
      `${server.url}/m/swap/production`,
      await tokenOf('ola', 'operator'),
    );
    const { page, dialog, send } = visitor;
    await page.keyboard.press('Shift+R');
    await visitor.sees('Has to acknowledge');
    expect(await violationsOf(page)).toEqual([]);
    await send.click();
    await visitor.sees('Say why');
    await visitor.fill({ 'Reason, kept in the log': 'a look' });
    await send.click();
    await visitor.sees('production is protected: type swap.');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  it('who may only read is shown no action, nor is anybody by a server that only reads', async () => {
    const readOnly = await serve('--read-only');
    for (const [url, role] of [
      [server.url, 'viewer'],
      [readOnly.url, 'administrator'],
    ] as const) {
      const token = await tokenOf(`one-${role}`, role, url);
      const visitor = await Visitor.withToken(browser, `${url}/m/swap/production`, token);
      for (const address of await addressesOf(visitor)) {
        await visitor.page.goto(address);
        await isThere(visitor);
        await visitor.page.keyboard.press('Shift+R');
        expect(await visitor.actions.count(), `${role} at ${address}`).toBe(0);
        expect(await visitor.dialog.count()).toBe(0);
      }
      await visitor.leave();
    }
  });

  it('a rollback by keyboard alone, from the link to the last acknowledgement', async () => {
    const visitor = await Visitor.of(browser);
    const { page } = visitor;
    await page.goto(server.link);
    await visitor.standing('live');
    // One of two does not answer: the page names who is missing.
    const [first, second] = apps;
    if (first === undefined || second === undefined) throw new Error('no application');
    second.kill('SIGSTOP');
    await tabTo(visitor, 'ROLL BACK');
    await page.keyboard.press('Enter');
    await visitor.sees('Has to acknowledge');
    await page.keyboard.type('wrong balances');
    await page.keyboard.press('Tab');
    await page.keyboard.type('swap');
    await page.keyboard.press('Enter');
    await visitor.sees('1 of 2 acknowledged');
    await visitor.sees(/^i2: has epoch/);
    await serves(first, 'control');
    second.kill('SIGCONT');
    await visitor.sees('rolled back and verified');
    await visitor.sees(/^.*\d+m?s to the last acknowledgement, budget 5m/);
    await serves(second, 'control');
    expect((await running.ended).code).toBe(5);
    const alert = page.locator('[role=alert]').first();
    expect(await alert.textContent()).toMatch(/^Rolled back everything\. .* to the last acknowledgement/);
    const log = await project.run(['log', '--environment', 'production']);
    expect(log.stdout).toContain('by ana: wrong balances');
    expect(visitor.complaints).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await visitor.sees('This server does not know you.');
    await page.reload();
    await visitor.sees('This server does not know you.');
    await visitor.leave();
  });
});

/** Every screen, and the first of each kind of page below one. */
async function addressesOf({ page }: Visitor): Promise<readonly string[]> {
  const hrefs = (scope: string): Promise<readonly string[]> =>
    page
      .locator(`${scope} a[href^='/m/']`)
      .evaluateAll((links) => links.map((link) => String(Reflect.get(link, 'href'))));
  const screens = await hrefs('nav');
  const below = new Map<string, string>();
  for (const address of screens) {
    await page.goto(address);
    await page.locator('main').waitFor();
    for (const href of await hrefs('main')) {
      const kind = new URL(href).pathname.split('/')[4] ?? '';
      if (!screens.includes(href) && !below.has(kind)) below.set(kind, href);
    }
  }
  return [...screens, ...below.values()];
}

/** Waits until a screen has what it asked for. */
async function isThere({ page }: Visitor): Promise<void> {
  await page.locator(`.connection[data-kind='live']`).waitFor();
  await expect
    .poll(() => page.locator('main').innerText(), { timeout: 90_000 })
    .not.toMatch(/^$|Reading|Asking/);
}

async function tabTo({ page }: Visitor, text: string): Promise<void> {
  for (let presses = 0; presses < 100; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement?.textContent')) === text) return;
  }
  throw new Error(`no press of Tab leads to ${text}`);
}
