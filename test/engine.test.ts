import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadState, operate, startRun, streamOf, type State } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, verifyChain, type Store } from '../src/store/index.ts';
import { enginePlan } from './fixtures/engine-plan.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const by = { actor: 'ana', reason: 'test' };
const production = streamOf('swap', 'production');
const staging = streamOf('swap', 'staging');
const TEN = Array.from({ length: 10 }, (_, index) => `production-${index}`);

let folder: string;
let file: string;
let store: Store;
let fleets: SimulatedFleet[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-engine-'));
  file = join(folder, 'state.db');
  store = await openSqliteStore({ file, clock: systemClock });
  canaryHold = '200ms';
  fleets = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const fleet of fleets) await fleet.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const commandFile = (): string => join(folder, 'ran');
let canaryHold: string;
const plan = () => enginePlan(commandFile(), canaryHold);

function fleet(stream: string, ids: readonly string[]): SimulatedFleet {
  const made = new SimulatedFleet(store, stream, ids).start();
  fleets.push(made);
  return made;
}

async function start(environment: string): Promise<State> {
  const { plan: parsed, hash } = plan();
  return startRun(store, systemClock, {
    plan: parsed,
    planHash: hash,
    environment,
    timeScale: 1,
    random: seededRandom(1),
    ...by,
  });
}

/** Runs a controller process to its end. */
function control(
  stream: string,
  ...more: readonly string[]
): { readonly child: ChildProcess; readonly ended: Promise<string> } {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'fixtures/engine-controller.ts'), file, stream, ...more],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output)));
  return { child, ended };
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>, ms = 40_000): Promise<T> {
  for (const began = Date.now(); Date.now() - began < ms;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await systemClock.sleep(20);
  }
  throw new Error(`not within ${ms}ms: ${what}`);
}

async function completeStaging(): Promise<void> {
  const one = fleet(staging, ['staging-1']);
  await start('staging');
  expect(await control(staging).ended).toContain('"ended":"completed"');
  await one.stop();
}

/** Every step of the environment is completed exactly once, in order, and the chain holds. */
async function expectWhole(stream: string): Promise<void> {
  const events = await store.read(stream);
  expect(verifyChain(events)).toMatchObject({ ok: true });
  const completed = events.filter(({ kind }) => kind === 'step.completed').map(({ body }) => Object(body));
  expect(completed.map(({ phase, step }) => `${phase}/${step}`)).toEqual([
    'canary/expose-1',
    'canary/hold-1',
    'canary/decision-1',
    'full/command-1',
    'full/expose-1',
    'full/hold-1',
  ]);
  expect(events.filter(({ kind }) => kind === 'exposure.set')).toHaveLength(2);
  expect(events.filter(({ kind }) => kind === 'decision.made')).toHaveLength(1);
  expect(await readFile(commandFile(), 'utf8')).toBe('ran\n');
}

describe('a run on a real store', () => {
  it('goes from exposure to exposure and completes; the next environment needs its evidence', async () => {
    await expect(start('production')).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
    await completeStaging();
    fleet(production, TEN);
    const state = await start('production');
    expect(state.run?.evidence).toMatchObject({ environment: 'staging' });
    await expect(start('production')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    expect(await control(production).ended).toContain('"ended":"completed"');
    await expectWhole(production);
  });

  it('takes itself back when the candidate fails, with every instance acknowledged inside the budget', async () => {
    canaryHold = '2s';
    await completeStaging();
    const ten = fleet(production, TEN);
    await start('production');
    const { ended } = control(production);
    await until(
      'the canary',
      async () => (await loadState(store, production)).run?.position?.step === 'hold-1',
    );
    ten.behaviour.candidateErrors = 10;
    expect(await ended).toContain('"ended":"rolled-back"');
    const state = await loadState(store, production);
    expect(state.rollback).toMatchObject({ cause: 'gate', done: { withinBudget: true } });
    expect(state.rollback?.done?.instances).toHaveLength(10);
    expect(state.routing?.global).toMatchObject({ exposure: 0, killed: 'drain' });
    await expect(start('production')).rejects.toMatchObject({ code: 'RED_NOT_ACKNOWLEDGED' });
    await operate(store, systemClock, production, { kind: 'resume', repositories: null, ...by });
    await expect(start('production')).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
    ten.behaviour.candidateErrors = 0;
    await completeStaging();
    await start('production');
    expect(await control(production).ended).toContain('"ended":"completed"');
  });

  it('does not advance while nobody reports, nor count that time', async () => {
    canaryHold = '2s';
    await completeStaging();
    const ten = fleet(production, TEN);
    await start('production');
    const { child, ended } = control(production);
    await until(
      'the first exposure',
      async () => (await loadState(store, production)).run?.position?.step === 'hold-1',
    );
    ten.behaviour.reports = false;
    await until(
      'a stale look',
      async () => (await loadState(store, production)).run?.look?.verdict === 'stale',
    );
    const before = await loadState(store, production);
    await systemClock.sleep(600);
    const after = await loadState(store, production);
    expect(after.run?.position).toEqual(before.run?.position);
    expect(after.run?.step.heldMs).toBe(before.run?.step.heldMs);
    ten.behaviour.reports = true;
    expect(await ended).toContain('"ended":"completed"');
    expect(child.exitCode).toBe(0);
  });

  it('waits for every live instance, says who is missing, and counts one that is silent for a lease as on its fail side', async () => {
    await completeStaging();
    const ten = fleet(production, TEN.slice(0, 9));
    const silent = fleet(production, ['production-9']);
    await start('production');
    const { ended } = control(production);
    await until(
      'the hold',
      async () => (await loadState(store, production)).run?.position?.step === 'hold-1',
    );
    await silent.stop();
    ten.behaviour.candidateErrors = 50;
    expect(await ended).toContain('"ended":"rolled-back"');
    const { rollback } = await loadState(store, production);
    const how = Object.fromEntries(rollback?.done?.instances.map((one) => [one.instance, one.how]) ?? []);
    expect(how['production-9']).toBe('lease expired');
    expect(how['production-0']).toBe('acknowledged');
    expect(rollback?.done?.tookMs).toBeGreaterThan(500);
  });
});

/** The honest end of a crash in the middle of a command: a person looks whether it ran. */
async function answer(): Promise<void> {
  const state = await loadState(store, production);
  if (state.run?.paused?.cause !== 'step outcome unknown') return;
  const ran = await readFile(commandFile(), 'utf8').catch(() => '');
  await operate(store, systemClock, production, { kind: 'advance', choose: null, retry: ran === '', ...by });
}

describe('a controller that dies', () => {
  it.each(['after', 'before'] as const)(
    'by kill -9 right %s every transition: the next one goes on, no step is lost and none done twice',
    async (mode) => {
      await completeStaging();
      fleet(production, TEN);
      await start('production');
      let deaths = 0;
      const person = setInterval(() => void answer().catch(() => {}), 100);
      try {
        for (let output = ''; !output.includes('"ended"');) {
          // Before: one transition is made, and the process dies with the second one decided and not appended. After a
          // person asked for a command again, the process that starts it may live until its end.
          await answer();
          const isRetry = (await store.read(production)).at(-1)?.kind === 'effect.retried';
          output = await control(production, mode, mode === 'before' || isRetry ? '2' : '1').ended;
          if (!output.includes('"ended"')) deaths += 1;
          expect(deaths).toBeLessThan(40);
        }
      } finally {
        clearInterval(person);
      }
      expect(deaths).toBeGreaterThan(5);
      expect((await loadState(store, production)).run?.status).toBe('completed');
      await expectWhole(production);
    },
    180_000,
  );

  it('is replaced by the one standing by; two never act', async () => {
    await completeStaging();
    const ten = fleet(production, TEN);
    ten.behaviour.acknowledges = false;
    await start('production');
    const first = control(production);
    await until(
      'the first to act',
      async () => (await loadState(store, production)).run?.position?.step === 'expose-1',
    );
    const second = control(production);
    await systemClock.sleep(1_500);
    expect(second.child.exitCode).toBeNull();
    // Frozen past its lease, it is replaced; awake again, it finds itself fenced off.
    first.child.kill('SIGSTOP');
    ten.behaviour.acknowledges = true;
    expect(await second.ended).toContain('"ended":"completed"');
    first.child.kill('SIGCONT');
    expect(await first.ended).toMatch(/"ended":"completed"|LEASE_LOST/);
    await expectWhole(production);
  });
});
