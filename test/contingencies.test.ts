import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromStored, type CutoverEvent } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import { openSqliteStore, type StoredEvent } from '../src/store/index.ts';
import { CliProject } from './fixtures/cli-project.ts';

/** Plan 000's three scenarios, as a team writes them. */
const PLAN = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  instances: { lease: '30s' },
  measure: { window: '3s', every: '500ms', minSamples: 20, maxAge: '10s', looks: 2 },
  metrics: {
    p95: { kind: 'latency', quantile: 95 },
    heap: { kind: 'gauge', gauge: 'heap' },
    fresh: { kind: 'newErrors' },
  },
  // The machine that tests this is noisy: what is meant is 300 ms slower.
  matrix: [
    {
      title: 'Response time',
      metric: 'p95',
      against: 'control',
      yellow: '5%',
      red: '10%',
      minChange: '150ms',
    },
    { title: 'Memory growth', metric: 'heap', against: 'hour', red: '10MB/h' },
    { title: 'New error types', metric: 'fresh', red: 0 },
  ],
  people: {
    contacts: [
      { role: 'Lead engineer', name: 'Ana Ruiz', contact: '#drizzle' },
      { role: 'Support', name: 'Eva Lind', contact: '#support' },
    ],
  },
  contingencies: {
    slow: {
      rows: ['Response time'],
      tell: ['Lead engineer'],
      next: ['compare the queries of both sides', 'fix it', 'try again'],
    },
    leak: {
      rows: ['Memory growth'],
      heapSnapshot: true,
      next: ['look at the heap snapshot', 'fix the leak', 'try again'],
    },
    errors: {
      rows: ['New error types'],
      tell: ['Support'],
      next: ['fix it', 'add a test for it', 'try again'],
    },
  },
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances' },
        { kind: 'hold', for: '48h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
} as const satisfies PlanInput;

const PRODUCTION = ['--environment', 'production'];

let project: CliProject;
let apps: ChildProcess[];

beforeEach(async () => {
  project = await CliProject.create(PLAN);
  apps = [];
});
afterEach(async () => {
  await Promise.all(
    apps.map(async (app) => {
      if (app.exitCode !== null || app.signalCode !== null) return;
      const ended = once(app, 'exit');
      app.kill('SIGKILL');
      await ended;
    }),
  );
  await project.remove();
});

const snapshots = (): string => join(project.folder, 'snapshots');

/** Two instances of an application whose candidate has a fault; the first one will be exposed. */
async function fleet(fault: string, folder = snapshots()): Promise<void> {
  for (const name of ['i1', 'i2']) {
    const app = fork(join(import.meta.dirname, 'fixtures/faulty-app.ts'), [
      project.storeFile,
      name,
      fault,
      folder,
    ]);
    apps.push(app);
    await once(app, 'message');
  }
}

async function logged(): Promise<readonly StoredEvent[]> {
  const store = await openSqliteStore({ file: project.storeFile, clock: systemClock, readOnly: true });
  try {
    return await store.read('swap/production');
  } finally {
    await store.close();
  }
}

type Of<K extends CutoverEvent['kind']> = Extract<CutoverEvent, { kind: K }>;

/** The one event of a kind, with its place in the log. */
function only<K extends CutoverEvent['kind']>(
  events: Awaited<ReturnType<typeof logged>>,
  kind: K,
): Of<K> & { readonly seq: number; readonly at: number } {
  const found = events.filter((event) => event.kind === kind);
  expect(found.map((event) => event.kind)).toEqual([kind]);
  const [event] = found;
  if (event === undefined) throw new Error(`nothing of ${kind}`);
  return Object.assign(fromStored(event) as Of<K>, { seq: event.seq, at: event.at });
}

/**
 * What every scenario has to leave in the log: the cause, then what the plan says about it, then the decision with its
 * reason, then the proof, timed from the decision and from the cause, against the budget.
 */
async function expectTakenBack(title: string, name: string): Promise<Awaited<ReturnType<typeof logged>>> {
  const events = await logged();
  const isBeyond = ({ kind, body }: (typeof events)[number]): boolean =>
    kind === 'gate.looked' &&
    Object(body).rows.some((row: { title: string; compared: number | null; colour: string }) => {
      const limit = row.title === 'Response time' ? 0.1 : row.title === 'Memory growth' ? 10e6 : 0;
      return row.title === title && row.colour !== 'green' && (row.compared ?? 0) > limit;
    });
  const red = events.findLast(isBeyond);
  // The first of the looks in a row that ended with red.
  const looks = events.filter(({ kind }) => kind === 'gate.looked');
  const before = looks.findLast((look) => !isBeyond(look) && look.seq < (red?.seq ?? 0));
  const cause = looks.find(({ seq }) => seq > (before?.seq ?? 0));
  const began = only(events, 'contingency.began');
  const decided = only(events, 'rollback.started');
  const proved = only(events, 'rollback.acknowledged');
  expect(began).toMatchObject({ name, rows: [{ title }] });
  expect(decided).toMatchObject({
    cause: 'gate',
    actor: 'cutover',
    budgetMs: 60_000,
    causeSeenAt: cause?.at,
  });
  expect(decided.reason).toContain(`${title}: `);
  expect([cause?.seq ?? 0, red?.seq ?? 0, began.seq, decided.seq, proved.seq]).toEqual(
    [cause?.seq ?? 0, red?.seq ?? 0, began.seq, decided.seq, proved.seq].toSorted((a, b) => a - b),
  );
  expect(proved.withinBudget).toBe(true);
  expect(proved.tookMs).toBeLessThanOrEqual(decided.budgetMs);
  expect(proved.sinceCauseMs).toBe(decided.at - (decided.causeSeenAt ?? 0) + proved.tookMs);
  expect(proved.instances.map(({ how }) => how)).toEqual(['acknowledged', 'acknowledged']);
  return events;
}

const text = async (command: string): Promise<string> =>
  (await project.run([command, ...PRODUCTION])).stdout.replaceAll(/\s+/g, ' ');

describe('a contingency of the plan', () => {
  it('slow candidate: both sides are on record, it goes back, and who has to know is named', async () => {
    await fleet('slow');
    expect((await project.run(['run', ...PRODUCTION])).code).toBe(5);
    const events = await expectTakenBack('Response time', 'slow');
    const [row] = only(events, 'contingency.began').rows;
    expect(row?.measure).toMatchObject({ referenceKind: 'control' });
    expect(row?.measure.value).toBeGreaterThan(250);
    expect(row?.measure.reference).toBeLessThan(row?.measure.value ?? 0);
    expect(await text('log')).toMatch(/CONTINGENCY slow: Response time \+[\d.]+ % > \+10 %/);
    const status = await text('status');
    expect(status).toContain('Tell Lead engineer (Ana Ruiz, #drizzle)');
    expect(status).toContain('2. fix it');
    expect(status).toMatch(
      /Rollback of everything: verified after .*after the first look that saw the cause/,
    );
  });

  it('leak: the instance that leaks keeps a heap snapshot, after it acknowledged the way back', async () => {
    await fleet('leak');
    // An hour of the plan in ten seconds: 4 MB a second are 40 MB an hour.
    const ended = await project.run(['run', ...PRODUCTION, '--compress', '1h=10s']);
    expect(ended.code).toBe(5);
    const events = await expectTakenBack('Memory growth', 'leak');
    const { snapshotOf, rows } = only(events, 'contingency.began');
    expect(snapshotOf).toBe('i1');
    expect(rows[0]?.measure.value).toBeGreaterThan(20e6);
    const { answer, instance, seq } = only(events, 'contingency.kept');
    expect(seq).toBeGreaterThan(only(events, 'rollback.acknowledged').seq);
    expect(instance).toBe('i1');
    if (!answer.ok) throw new Error(answer.problem);
    const file = await readFile(answer.path);
    expect(await readdir(snapshots())).toHaveLength(1);
    expect(file.length).toBe(answer.bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(answer.sha256);
    expect((await stat(answer.path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(file.toString('utf8'))).toHaveProperty('snapshot.node_count');
    expect(await text('status')).toContain(`heap snapshot of i1: ${answer.path}`);
  });

  it('leak: without the application allowing it no snapshot is written, and the log says why', async () => {
    await fleet('leak', '');
    expect((await project.run(['run', ...PRODUCTION, '--compress', '1h=10s'])).code).toBe(5);
    const { answer } = only(await logged(), 'contingency.kept');
    expect(answer).toMatchObject({ ok: false, problem: expect.stringContaining('heapSnapshots') });
    expect(await text('log')).toContain('no heap snapshot of i1: the application does not allow it');
  });

  it('new error type: its kind, its count and where it was thrown are kept, without the data in its message', async () => {
    await fleet('error');
    expect((await project.run(['run', ...PRODUCTION])).code).toBe(5);
    const events = await expectTakenBack('New error types', 'errors');
    const { errors } = only(events, 'contingency.began');
    expect(errors).toMatchObject([
      { class: 'RangeError', message: 'no page ? for ?', id: expect.any(String) },
    ]);
    expect(errors[0]?.count).toBeGreaterThan(0);
    expect(errors[0]?.stack?.[0]).toMatch(/^at .*find .*faulty-app\.ts:\d+:\d+/);
    expect(JSON.stringify(events)).not.toContain('ana@example.org');
    expect(await text('status')).toMatch(/RangeError: no page \? for \? \(\w+( times)?, at /);
  });
});
