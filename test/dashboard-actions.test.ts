import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CutoverEvent } from '../src/engine/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import { ROUTES } from '../src/server/routes/index.ts';
import { violationsOf } from './fixtures/axe.ts';
import { startBrowser, whyNoBrowser } from './fixtures/browser.ts';
import { ServedRun } from './fixtures/served-run.ts';
import { Visitor } from './fixtures/visitor.ts';

const why = whyNoBrowser();
const SLOW = { timeout: 300_000 };
const POLL = { timeout: 90_000, interval: 100 };
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** A day on which no test runs that began today. */
const AWAY = WEEKDAYS[(new Date().getUTCDay() + 3) % 7] ?? 'mon';

/** A run that comes to a decision, to an approval, to a hold that nobody waits out, and to a window that is days away. */
const PLAN: PlanInput = {
  id: 'shop',
  title: 'Shop to Drizzle',
  topology: 'same-store',
  repositories: { user: {}, order: {}, bike: {} },
  environments: { production: { protected: true } },
  instances: { lease: '60s' },
  measure: { window: '60s', every: '300ms', minSamples: 10, maxAge: '60s', looks: 2 },
  checklists: { ready: ['who is on call'] },
  metrics: { errors: { kind: 'errorRate' }, complaints: { kind: 'counter', counter: 'complaints' } },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '1%', red: '5%' },
    { title: 'Complaints', metric: 'complaints', red: 1_000, onRed: 'investigate' },
  ],
  windows: { later: { days: [AWAY], from: '10:00', to: '11:00' } },
  phases: [
    {
      id: 'first',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances', repositories: ['user'] },
        { kind: 'decision', question: 'Expand?', options: { expand: 'advance', back: 'rollback' } },
      ],
    },
    {
      id: 'second',
      environment: 'production',
      title: 'Everybody',
      needs: { checklists: ['ready'], approvals: ['CTO'] },
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances', repositories: ['user'] },
        { kind: 'hold', for: '48h' },
      ],
    },
    { id: 'third', environment: 'production', window: 'later', steps: [{ kind: 'hold', for: '48h' }] },
  ],
  rollback: { budget: '5m' },
};

describe.skipIf(why !== null)('what people ask for on the pages', SLOW, () => {
  let browser: Browser;
  let run: ServedRun;
  let ana: Visitor;
  let dana: Visitor;

  beforeAll(async () => {
    browser = await startBrowser();
    run = await ServedRun.create(PLAN);
    await run.start();
    const place = `${run.served.url}/m/shop/production`;
    ana = await Visitor.withToken(browser, place, await run.served.token('ana', ['operator']));
    dana = await Visitor.withToken(
      browser,
      `${place}/approvals`,
      await run.served.token('dana', ['approver'], { approves: ['CTO'] }),
    );
  }, SLOW.timeout);
  afterAll(async () => {
    await browser?.close();
    await run?.remove();
  });

  /** Presses a button, says why in its dialog, and sends it. */
  async function act(visitor: Visitor, button: string, reason: string, more?: () => Promise<void>) {
    const { page, dialog, send } = visitor;
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await more?.();
    await dialog.locator('[name=reason]').fill(reason);
    await dialog.locator('[name=confirm]').fill('shop');
    await send.click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** The last event of a kind in the log. */
  async function logged<K extends CutoverEvent['kind']>(kind: K) {
    const events = await run.served.store.read('shop/production');
    const found = events.findLast((event) => event.kind === kind);
    return found === undefined ? null : { seq: found.seq, ...(found.body as object) };
  }

  const arrives = (kind: CutoverEvent['kind'], body: object) =>
    expect.poll(() => logged(kind), POLL).toMatchObject(body);

  it('is counted, paused, resumed and decided, each with its reason in the log', async () => {
    const by = { actor: 'ana', reason: 'two by mail' };
    await act(ana, 'Count complaints', by.reason, () => ana.fill({ 'How many': '2' }));
    await arrives('counter.added', { counter: 'complaints', count: 2, ...by });
    await ana.page.getByRole('button', { name: 'Decide: expand', exact: true }).waitFor();
    await act(ana, 'Pause', 'lunch');
    await arrives('run.paused', { cause: 'person', actor: 'ana', reason: 'lunch' });
    await act(ana, 'Resume', 'back from lunch');
    await arrives('run.resumed', { actor: 'ana', reason: 'back from lunch' });
    await act(ana, 'Decide: expand', 'all green');
    await arrives('decision.made', { choice: 'expand', by: 'person', actor: 'ana', reason: 'all green' });
  });

  it('an approval is asked on what is known then, rejected with a reason, asked again and given', async () => {
    await dana.sees('What “Everybody” was asked on');
    await dana.sees('user: 50 % of instances → 100 % of instances');
    await dana.sees(/Asked .*: nobody gave it/);
    expect(await violationsOf(dana.page)).toEqual([]);
    await dana.page.setViewportSize({ width: 360, height: 800 });
    expect(await dana.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await dana.page.setViewportSize({ width: 1440, height: 900 });
    const viewer = await run.served.token('vi', ['viewer']);
    const waiting = await (await run.served.get('/migrations/shop/production/waiting', viewer)).json();
    const described = ROUTES.find(({ name }) => name === 'getWaiting')?.answer?.safeParse(waiting);
    expect(described?.error?.message).toBeUndefined();
    expect(waiting).toMatchObject({ request: { isOpen: true, look: { was: { gate: 'matrix' } } } });
    await act(dana, 'Confirm', 'it is me');
    await arrives('item.checked', { item: 'who is on call', actor: 'dana', reason: 'it is me' });
    // What was asked on stays as it was; beside it stands what is different.
    await dana.sees('checklist "ready": 0 of 1, now 1 of 1');
    await act(dana, 'Reject as CTO', 'orders are slow');
    await arrives('plan.rejected', { role: 'CTO', actor: 'dana', reason: 'orders are slow' });
    await arrives('run.paused', { cause: 'approval rejected', reason: 'CTO: orders are slow' });
    await dana.sees(/Rejected by dana .*: orders are slow/);
    await ana.sees(/Paused at first \/ decision-1 \(approval rejected\): CTO: orders are slow/);
    const before = await logged('approval.asked');
    await act(ana, 'Resume', 'they are not');
    await expect
      .poll(async () => (await logged('approval.asked'))?.seq, POLL)
      .toBeGreaterThan(before?.seq ?? Infinity);
    await arrives('approval.asked', { roles: [{ role: 'CTO', because: 'rejected' }] });
    await dana.sees(/Asked .*: dana rejected it/);
    await act(dana, 'Approve as CTO', 'looked again');
    await arrives('plan.approved', { role: 'CTO', actor: 'dana', reason: 'looked again' });
    await dana.sees(/Approved by dana .*looked again/);
    await arrives('step.entered', { phase: 'second' });
  });

  it('a step is left out, and a window is not waited for', async () => {
    await ana.page.getByRole('button', { name: 'End this step', exact: true }).waitFor();
    await act(ana, 'Skip a step', 'seen enough', async () => {
      await ana.dialog.getByLabel('Step').selectOption('second/hold-1');
      await ana.dialog.getByRole('checkbox').check();
    });
    await arrives('step.skipped', { step: 'hold-1', actor: 'ana', reason: 'seen enough' });
    await act(ana, 'Do not wait', 'agreed with everybody');
    await arrives('delay.overridden', { phase: 'third', actor: 'ana', reason: 'agreed with everybody' });
    await arrives('step.entered', { phase: 'third' });
  });

  it('a flag is lowered, and everything is killed', async () => {
    const { page } = ana;
    await page.goto(`${run.served.url}/m/shop/production/repositories/user`);
    await act(ana, 'Set its flag', 'less of it', () => ana.fill({ Value: '10' }));
    await arrives('flag.set', { repository: 'user', exposure: 1_000, actor: 'ana', reason: 'less of it' });
    await act(ana, 'ROLL BACK', 'wrong balances', () => ana.dialog.getByRole('checkbox').check());
    await arrives('rollback.started', {
      cause: 'person',
      mode: 'hard',
      repositories: null,
      actor: 'ana',
      reason: 'wrong balances',
    });
    await arrives('rollback.acknowledged', {});
    expect([...ana.complaints, ...dana.complaints]).toEqual([]);
  });
});
