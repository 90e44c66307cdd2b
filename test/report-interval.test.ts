import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { operate, register } from '../src/engine/index.ts';
import { createCutover, type Cutover } from '../src/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { nodeSource } from '../src/node/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { PLAN } from './fixtures/cli-project.ts';

const PATIENCE = { timeout: 20_000, interval: 10 };
const STREAM = 'swap/staging';
const CHANGES = 5;

let folder: string;
let store: Store;
let cutover: Cutover | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-interval-'));
  store = await openSqliteStore({ file: join(folder, 'state.db'), clock: systemClock });
});

afterEach(async () => {
  await cutover?.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const INPUT = {
  ...PLAN,
  instances: { lease: '1h', report: '5m' },
  measure: { ...PLAN.measure, maxAge: '10m' },
} as const;

async function begin(): Promise<Cutover> {
  await register(store, systemClock, parsePlan(INPUT).plan, 'staging');
  const source = nodeSource(INPUT, {
    environment: 'staging',
    instance: 'one',
    file: join(folder, 'state.db'),
    stateFile: join(folder, 'last.json'),
    env: {},
  });
  cutover = createCutover(INPUT, { source });
  await expect.poll(acknowledged, PATIENCE).toBe(1);
  return cutover;
}

const one = async () => (await store.instances(STREAM))[0];
const acknowledged = async () => Number(Object((await one())?.body).acknowledged);

async function change(value: number): Promise<number> {
  const { state } = await operate(store, systemClock, STREAM, {
    kind: 'set-flag',
    flag: 'use_candidate',
    value,
    actor: 'ana',
    reason: 'test',
  });
  return state.routing?.epoch ?? 0;
}

describe('an instance that reports every five minutes', () => {
  it('acknowledges each change at once, and says nothing between', async () => {
    await begin();
    const before = (await one())?.beat ?? 0;
    for (let n = 0; n < CHANGES; n += 1) {
      const epoch = await change(10 + n);
      await expect.poll(acknowledged, PATIENCE).toBe(epoch);
    }
    expect((await one())?.beat).toBe(before + CHANGES);
    expect((await store.telemetry(STREAM, 0)).length).toBeLessThanOrEqual(1);
  });

  it('makes a report again that the store did not take, and not five minutes later', async () => {
    const application = await begin();
    const pinned = Promise.withResolvers<void>();
    const pin = application.pin({ key: 'ana' }, () => pinned.promise);
    const epoch = await change(100);
    await expect.poll(() => application.which('user').side, PATIENCE).toBe('candidate');
    expect(await acknowledged()).toBeLessThan(epoch);
    const lock = new DatabaseSync(join(folder, 'state.db'));
    lock.exec('begin immediate');
    pinned.resolve();
    await pin;
    // Longer than the instance waits for the lock.
    await systemClock.sleep(2_000);
    lock.exec('rollback');
    lock.close();
    await expect.poll(acknowledged, PATIENCE).toBe(epoch);
  });
});
