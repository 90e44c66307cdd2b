import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { callHttp, runCommand } from '../src/deploy/index.ts';
import { evolve, loadState, nextEvents, operate, startRun, type State } from '../src/engine/index.ts';
import { TelemetryWatcher } from '../src/engine/watcher.ts';
import { seededRandom, systemClock, type Clock, type Json } from '../src/kernel/index.ts';
import type { CommandStep, HttpStep, PlanInput } from '../src/plan/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { serve } from './fixtures/http-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  measure: { window: '10m', every: '10m', minSamples: 10, maxAge: '1m', looks: 2 },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '5%' }],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 100, of: 'users' },
        { kind: 'hold', for: '24h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
} satisfies PlanInput);

/** Two clocks that go apart: the one on the wall can be set, the other one cannot. */
class TwoClocks implements Clock {
  wall: number;
  elapsed = 0;

  constructor(wall: number) {
    this.wall = wall;
  }
  now = (): number => this.wall;
  monotonic = (): number => this.elapsed;
  sleep = systemClock.sleep;
  every = systemClock.every;
  pass(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }
}

let folder: string;
let store: Store;
let clock: TwoClocks;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-clocks-'));
  clock = new TwoClocks(Date.parse('2026-03-28T12:00Z'));
  store = await openSqliteStore({ file: join(folder, 'state.db'), clock });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** A hold that is watched by the real watcher over a real store, on these clocks. */
class Watched {
  state: State;
  readonly #watcher: TelemetryWatcher;

  private constructor(state: State) {
    this.state = state;
    this.#watcher = new TelemetryWatcher(store, clock, 'swap/production');
  }

  static async begin(): Promise<Watched> {
    const start = { plan, planHash: hash, environment: 'production', timeScale: 1 };
    await startRun(store, clock, { ...start, random: seededRandom(1), actor: 'ana', reason: 'test' });
    const watched = new Watched(await loadState(store, 'swap/production'));
    watched.append();
    return watched;
  }

  append(look?: ReturnType<TelemetryWatcher['look']>): void {
    for (let turn = 0; turn < 20; turn += 1) {
      const epoch = this.state.routing?.epoch ?? 0;
      const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
      const instances = [{ instance: 'i', liveness: 'live', status }] as const;
      const tick = { now: clock.now(), instances, rollbackElapsedMs: 1, effectRunning: true };
      const events = nextEvents(this.state, turn === 0 && look !== undefined ? { ...tick, look } : tick);
      if (events.length === 0) return;
      for (const event of events) {
        const meta = { seq: this.state.seq + 1, at: clock.now(), hash: 'h' };
        this.state = evolve(this.state, event, meta);
      }
    }
  }

  /** An instance reports, and the controller looks. */
  async look(): Promise<void> {
    const { run } = this.state;
    if (run === null) return;
    await store.report('swap/production', 'i', {}, BATCH);
    await this.#watcher.read(run);
    this.append(this.#watcher.look(run, 'matrix', this.state, []));
  }

  get heldMs(): number {
    return this.state.run?.step.heldMs ?? 0;
  }

  get isOver(): boolean {
    return this.state.run?.status === 'completed';
  }
}

const BATCH = {
  v: 1,
  epoch: 1,
  spanMs: 1_000,
  operations: [
    {
      repository: 'user',
      operation: 'find',
      side: 'candidate',
      calls: 100,
      errors: 0,
      ignored: 0,
      latency: [],
      fingerprints: [],
    },
  ],
  gauges: {},
  counters: {},
  keyMissing: 0,
  overflow: 0,
} as unknown as Json;

describe('a hold of 24 hours', () => {
  it.each([
    ['forward', '2026-03-28T12:00Z'],
    ['back', '2026-10-24T12:00Z'],
  ])('is 24 observed hours where clocks go %s in it', async (_, from) => {
    clock.wall = Date.parse(from);
    const hold = await Watched.begin();
    await hold.look();
    for (; !hold.isOver; await hold.look()) clock.pass(10 * MINUTE);
    expect(clock.elapsed).toBe(DAY);
  });

  it('is 24 observed hours however the clock on the wall is set', async () => {
    const jumps = fc.sample(
      fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -400 * DAY, max: 400 * DAY })),
      { seed: 7, numRuns: 200 },
    );
    const hold = await Watched.begin();
    await hold.look();
    for (const jump of jumps) {
      if (hold.isOver) break;
      clock.wall += jump;
      clock.pass(10 * MINUTE);
      await hold.look();
    }
    expect(hold.isOver).toBe(true);
    expect(clock.elapsed).toBe(DAY);
  });

  it('does not count the hours for which the machine slept, whichever clocks went on in them', async () => {
    for (const sleep of [
      (ms: number): void => void (clock.wall += ms),
      (ms: number): void => clock.pass(ms),
    ]) {
      await store.close();
      store = await openSqliteStore({ file: join(folder, `${Math.abs(clock.wall)}.db`), clock });
      const hold = await Watched.begin();
      await hold.look();
      clock.pass(10 * MINUTE);
      await hold.look();
      expect(hold.heldMs).toBe(10 * MINUTE);
      sleep(30 * HOUR);
      await hold.look();
      expect(hold.heldMs).toBeLessThanOrEqual(10 * MINUTE);
      clock.pass(10 * MINUTE);
      await hold.look();
      expect(hold.heldMs).toBeLessThanOrEqual(20 * MINUTE);
      expect(hold.isOver).toBe(false);
    }
  });
});

describe('a step whose timeout is longer than a timer can be', () => {
  const common = { id: 's', title: 's', expectedMs: null, idempotent: false, onFailure: 'pause' } as const;

  it.each([30 * DAY, 100 * DAY])('is not over at once: %d ms', async (timeoutMs) => {
    const run = [process.execPath, '-e', 'console.log("done")'];
    const step: CommandStep = { ...common, kind: 'command', run, expect: [], timeoutMs };
    const { signal } = new AbortController();
    const said = await runCommand(step, { key: 'k', attempt: 1, cwd: folder, signal });
    expect(said).toEqual({ ok: true, output: 'done\n' });
    const server = await serve((_, response) => void response.end('ok'));
    const call: HttpStep = {
      ...common,
      kind: 'http',
      method: 'GET',
      url: server.url,
      headers: {},
      body: null,
      expectStatus: 200,
      timeoutMs,
    };
    expect((await callHttp(call, { key: 'k', signal, env: {} })).ok).toBe(true);
    await server.close();
  });
});

describe('a person’s request', () => {
  it('is carried out while the clock on the wall stands in another year', async () => {
    const hold = await Watched.begin();
    clock.wall -= 400 * DAY;
    const by = { actor: 'ana', reason: 'test' };
    const { state } = await operate(store, clock, hold.state.stream, {
      kind: 'rollback',
      repositories: null,
      mode: 'drain',
      ...by,
    });
    expect(state.routing?.global.killed).toBe('drain');
  });
});
