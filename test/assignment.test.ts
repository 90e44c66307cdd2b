import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock, type Json } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import type { RoutingState } from '../src/route/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

const STAGING = ['--environment', 'staging'];
const DRAWN: PlanInput = {
  ...PLAN,
  phases: [
    {
      id: 'half',
      environment: 'staging',
      steps: [
        { kind: 'expose', exposure: 50, of: 'traffic' },
        { kind: 'hold', for: '600ms' },
      ],
    },
  ],
};

let project: CliProject;
let store: Store;
let timer: NodeJS.Timeout;
let busy: Promise<void>;
/** Calls of the candidate in a report, beside a hundred of control. */
let arrives: number;
let why: string;

beforeEach(async () => {
  project = await CliProject.create(DRAWN);
  store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
  [arrives, why, busy] = [100, 'global exposure', Promise.resolve()];
  timer = setInterval(() => {
    busy = busy.then(report).catch(() => {});
  }, 60);
});
afterEach(async () => {
  clearInterval(timer);
  await busy;
  await store.close();
  await project.remove();
});

async function report(): Promise<void> {
  const routing = (await store.routing('swap/staging'))?.body as RoutingState | undefined;
  const epoch = routing?.epoch ?? 0;
  const isOn = routing?.global.exposure === 5_000;
  const operation = (side: string, calls: number): Json => ({
    repository: 'user',
    operation: 'find',
    side,
    calls,
    errors: 0,
    ignored: 0,
    latency: [],
    fingerprints: [],
  });
  const status = {
    v: 1,
    applied: epoch,
    acknowledged: epoch,
    pins: 0,
    serving: { user: { side: 'split', why } },
    notes: [],
  };
  const operations = [operation('control', 100), ...(isOn ? [operation('candidate', arrives)] : [])];
  const rest = { gauges: {}, counters: {}, keyMissing: 0, overflow: 0, pinned: 0 };
  await store.report('swap/staging', 'one', status, { v: 1, epoch, spanMs: 60, operations, ...rest });
}

const out = async (...args: readonly string[]): Promise<string> => (await project.run(args)).stdout;

it('a hold does not end while calls of one side are lost, says why, and ends when they are not; a replay agrees', async () => {
  arrives = 60;
  const run = project.start(['run', ...STAGING]);
  await run.until('assignment (shares-differ) user: the candidate was given 50 %, and 37.5 %');
  expect(await out('status', ...STAGING)).toContain('Assignment: user: the candidate was given 50 %');
  expect(await out('gate', 'explain', ...STAGING)).toContain('Assignment (shares-differ): user:');
  expect(run.said()).not.toContain('hold-1: done');
  // As many are too many until what was lost is outweighed.
  arrives = 120;
  await run.until('half / hold-1: done');
  expect((await run.ended).code).toBe(0);
  const replayed = (await out('replay', ...STAGING)).match(/(\d+) looks, (\d+) as recorded/);
  expect(Number(replayed?.[1])).toBeGreaterThan(3);
  expect(replayed?.[2]).toBe(replayed?.[1]);
});

it('a hold does not end while an instance serves control by itself', async () => {
  why = 'guard';
  const run = project.start(['run', ...STAGING]);
  await run.until('assignment (instances-aside) instances serve control by themselves: one (user by guard)');
  why = 'global exposure';
  expect((await run.ended).code).toBe(0);
  expect(await out('gate', 'explain', ...STAGING)).toMatch(/Assignment: user was to have 50 %, and has \d+/);
});
