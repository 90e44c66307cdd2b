import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  awaitVerified,
  Controller,
  loadState,
  operate,
  startRun,
  streamOf,
  type State,
} from '../src/engine/index.ts';
import { CutoverError, seededRandom, systemClock, type Clock } from '../src/kernel/index.ts';
import { openSqliteStore, verifyChain, type Store } from '../src/store/index.ts';
import { enginePlan } from './fixtures/engine-plan.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const DAY = 86_400_000;
const HOLD_MS = 600;
const by = { actor: 'ana', reason: 'test' };
const stream = streamOf('swap', 'staging');

/** The wall clock of this machine as NTP, a person or a virtual machine sets it: by `jumped`. */
let jumped: number;
const jumpy: Clock = { ...systemClock, now: () => Date.now() + jumped };

let folder: string;
let file: string;
let store: Store;
let fleet: SimulatedFleet;

beforeEach(async () => {
  jumped = 0;
  folder = await mkdtemp(join(tmpdir(), 'cutover-trouble-'));
  file = join(folder, 'state.db');
  store = await openSqliteStore({ file, clock: jumpy });
  fleet = new SimulatedFleet(store, stream, ['staging-1']).start();
});

afterEach(async () => {
  await fleet.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function start(name = 'first'): Promise<State> {
  const { plan, hash } = enginePlan(join(folder, 'ran'), '200ms', `${HOLD_MS}ms`);
  const options = { plan, planHash: hash, environment: 'staging', timeScale: 1, random: seededRandom(1) };
  return startRun(store, jumpy, { ...options, actor: name, reason: 'test' });
}

const acting = () => ({
  store,
  clock: jumpy,
  stream,
  holder: 'test',
  leaseMs: 2_000,
  controllerLeaseMs: 400,
  effects: { run: () => Promise.reject(new Error('no effects here')) },
});

const controller = (of = stream): Controller => new Controller({ ...acting(), stream: of });

async function untilHolding(): Promise<void> {
  for (;;) {
    const { run } = await loadState(store, stream);
    if (run?.position?.step === 'hold-1' && run.step.heldMs > 0) return;
    await systemClock.sleep(20);
  }
}

describe('a wall clock that jumps', () => {
  it.each([
    ['a day ahead', [DAY]],
    ['a day back', [-DAY]],
    ['to and fro', [DAY, -DAY, DAY / 2]],
  ])('%s ends no hold early, loses no lease, and hides nobody', async (_, jumps) => {
    await start();
    const began = performance.now();
    const running = controller().run(new AbortController().signal);
    for (const jump of jumps) {
      await untilHolding();
      jumped = jump;
      await systemClock.sleep(50);
    }
    const state = await running;
    expect(state.run?.status).toBe('completed');
    const looks = (await store.read(stream)).filter(({ kind }) => kind === 'gate.looked');
    const observed = looks.reduce((sum, { body }) => sum + Number(Object(body).observedMs), 0);
    expect(observed).toBeGreaterThanOrEqual(HOLD_MS);
    expect(observed).toBeLessThanOrEqual(performance.now() - began);
    expect(looks.some(({ body }) => Object(body).verdict === 'stale')).toBe(false);
  });

  it('is not what a rollback is timed by', async () => {
    await start();
    const running = controller().run(new AbortController().signal);
    await untilHolding();
    fleet.behaviour.acknowledges = false;
    await operate(store, jumpy, stream, { kind: 'rollback', repositories: null, mode: 'drain', ...by });
    await systemClock.sleep(100);
    jumped = DAY;
    fleet.behaviour.acknowledges = true;
    const { rollback } = await running;
    expect(rollback?.done).toMatchObject({ withinBudget: true });
    expect(rollback?.done?.tookMs).toBeLessThan(10_000);
  });
});

describe('a second rollback', () => {
  it('leaves nobody waiting when it begins just after the first is verified', async () => {
    await start();
    const takeBack = (mode: 'drain' | 'hard') =>
      operate(store, jumpy, stream, { kind: 'rollback', repositories: null, mode, ...by });
    await takeBack('drain');
    let begin: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const releaseLease: Store['releaseLease'] = async (...lease) => {
      await store.releaseLease(...lease);
      await takeBack('hard');
      begin();
    };
    const verified = await awaitVerified({
      ...acting(),
      store: new Proxy(store, {
        get: (target, name) => {
          const value = name === 'releaseLease' ? releaseLease : Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
      // The waiting one looks again when the second has begun, as late as it may.
      clock: { ...jumpy, sleep: (ms, signal) => begun.then(() => systemClock.sleep(ms, signal)) },
      timeoutMs: 1_000,
      signal: new AbortController().signal,
    });
    expect(verified.rollback).toMatchObject({ mode: 'drain', done: { withinBudget: true } });
  });
});

describe('evidence', () => {
  it('is used up by the run that was taken back, whatever the clocks said meanwhile', async () => {
    await start();
    await controller().run(new AbortController().signal);
    const production = streamOf('swap', 'production');
    const { plan, hash } = enginePlan(join(folder, 'ran'), '200ms', `${HOLD_MS}ms`);
    const options = { plan, planHash: hash, environment: 'production', timeScale: 1 };
    const again = () => startRun(store, jumpy, { ...options, random: seededRandom(2), ...by });
    await again();
    jumped = -DAY;
    await operate(store, jumpy, production, { kind: 'rollback', repositories: null, mode: 'drain', ...by });
    await controller(production).run(new AbortController().signal);
    await operate(store, jumpy, production, { kind: 'resume', repositories: null, ...by });
    await expect(again()).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
  });
});

describe('a log that is changed under a controller', () => {
  it('stops it when events that it acted on are gone, instead of trying for ever', async () => {
    await start();
    const running = controller().run(new AbortController().signal);
    const outcome = running.then(
      () => 'went on',
      (error: unknown) => (error instanceof CutoverError ? error.code : String(error)),
    );
    await untilHolding();
    const raw = new DatabaseSync(file);
    raw.exec('pragma busy_timeout = 5000; delete from events where seq > 2');
    raw.close();
    expect(await outcome).toBe('LOG_BROKEN');
  });
});

describe('operators at the same moment', () => {
  it('start one run between them', async () => {
    const names = ['ana', 'ben', 'cem', 'dua', 'eva'];
    const results = await Promise.allSettled(names.map((name) => start(name)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(new Set(refused.map((error) => error.code))).toEqual(new Set(['RUN_ACTIVE']));
  });

  it('roll back once, pause once, and leave a whole log', async () => {
    await start();
    const running = controller().run(new AbortController().signal);
    await untilHolding();
    const other = await openSqliteStore({ file, clock: jumpy });
    const pause = (at: Store, actor: string) =>
      operate(at, jumpy, stream, { kind: 'pause', actor, reason: 'x' });
    const back = (at: Store, actor: string) =>
      operate(at, jumpy, stream, { kind: 'rollback', repositories: null, mode: 'drain', actor, reason: 'x' });
    await Promise.allSettled([
      pause(store, 'ana'),
      pause(other, 'ben'),
      back(store, 'cem'),
      back(other, 'dua'),
      back(store, 'eva'),
    ]);
    await other.close();
    expect((await running).run?.status).toBe('rolled-back');
    const events = await store.read(stream);
    expect(verifyChain(events)).toMatchObject({ ok: true });
    expect(events.filter(({ kind }) => kind === 'rollback.started')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'run.paused').length).toBeLessThanOrEqual(1);
  });
});
