import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { checkLog, Controller, startRun } from '../src/engine/index.ts';
import { type CutoverError, seededRandom, systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { PLAN } from './fixtures/cli-project.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const STREAM = 'swap/staging';
const MANY_RUNS_MS = 240_000;

/** An exposure, an effect that must not happen twice, a hold. */
const { plan, hash } = parsePlan({
  ...PLAN,
  measure: { window: '400ms', every: '50ms', minSamples: 10, maxAge: '2s', looks: 2 },
  phases: [
    {
      id: 'all',
      environment: 'staging',
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'command', run: ['true'] },
        { kind: 'hold', for: '100ms' },
      ],
    },
  ],
});

/** Says that the disk is full at the so-manieth statement that begins like this, and is none before and after. */
class FullOnce {
  readonly #begins: string;
  readonly #at: number;
  readonly #exec = DatabaseSync.prototype.exec;
  readonly #prepare = DatabaseSync.prototype.prepare;
  seen = 0;

  constructor(begins: 'insert into events' | 'commit', at: number) {
    this.#begins = begins;
    this.#at = at;
    const count = (sql: string): void => this.#count(sql);
    const { exec, prepare } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (sql) {
      count(sql);
      return exec.call(this, sql);
    };
    DatabaseSync.prototype.prepare = function (sql, ...more) {
      const statement = prepare.call(this, sql, ...more);
      const run = statement.run.bind(statement);
      const counted = (...values: readonly SQLInputValue[]) => {
        count(sql);
        return run(...values);
      };
      return Object.defineProperty(statement, 'run', { value: counted });
    };
  }

  #count(sql: string): void {
    if (!sql.startsWith(this.#begins)) return;
    this.seen += 1;
    if (this.seen === this.#at) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
  }

  [Symbol.dispose](): void {
    DatabaseSync.prototype.exec = this.#exec;
    DatabaseSync.prototype.prepare = this.#prepare;
  }
}

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-full-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a person does who is told that there was no room: the same again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('no room') });
    return work();
  }
}

/** A whole run. @returns its events without looks, and how often the effect happened */
async function wholeRun(
  name: string,
): Promise<{ kinds: readonly string[]; effects: number; troubles: number }> {
  store = await again(() => openSqliteStore({ file: join(folder, name), clock: systemClock }));
  const fleet = new SimulatedFleet(store, STREAM, ['i1', 'i2']);
  // Both are known before the run begins, so that every run is the same one.
  await again(() => fleet.beat());
  fleet.start(20);
  let effects = 0;
  let troubles = 0;
  try {
    const options = { plan, planHash: hash, environment: 'staging', timeScale: 1, random: seededRandom(1) };
    await again(() => startRun(store, systemClock, { ...options, actor: 'ana', reason: 'test' }));
    const controller = new Controller({
      store,
      clock: systemClock,
      stream: STREAM,
      holder: 'test',
      leaseMs: 2_000,
      effects: { run: async () => ({ ok: (effects += 1) > 0, output: '' }) },
      onTrouble: (error: CutoverError) => {
        expect(error.code).toBe('STORE_UNAVAILABLE');
        troubles += 1;
      },
    });
    const state = await again(() => controller.run(new AbortController().signal));
    expect(state.run?.status).toBe('completed');
    const { problems } = await checkLog(store, STREAM);
    expect(problems).toEqual([]);
    const kinds = (await store.read(STREAM)).map(({ kind }) => kind).filter((kind) => kind !== 'gate.looked');
    return { kinds, effects, troubles };
  } finally {
    await fleet.stop();
    await store.close();
  }
}

describe('a disk that is full', () => {
  it.each(['insert into events', 'commit'] as const)(
    'at any %s loses nothing and doubles nothing: the run goes on, or says so and can be repeated',
    async (begins) => {
      const clean = await wholeRun('clean.db');
      expect(clean).toMatchObject({ effects: 1, troubles: 0 });
      let at = 1;
      for (let reached = true; reached; at += 1) {
        using full = new FullOnce(begins, at);
        const run = await wholeRun(`full-${at}.db`);
        expect(run.kinds, `full at ${at}`).toEqual(clean.kinds);
        expect(run.effects, `full at ${at}`).toBe(1);
        reached = full.seen >= at && at < 40;
      }
      expect(at).toBeGreaterThan(10);
    },
    MANY_RUNS_MS,
  );
});
