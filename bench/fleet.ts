import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { parsePlan } from '../src/config/index.ts';
import { Controller, fromStored, operate, register, streamOf, type Settled } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openStore, type Store, storePlace } from '../src/store/index.ts';
import { ANSWER_MS, start, stop } from './processes.ts';

const PROCESSES = 16;
export const LEASE_MS = 5_000;

export const PLAN = {
  id: 'bench',
  title: 'Bench',
  topology: 'same-store',
  flag: { name: 'use_candidate' },
  repositories: { user: {} },
  environments: { production: {} },
  instances: { lease: `${LEASE_MS}ms` },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [{ id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'users' }] }],
  rollback: { budget: '1m' },
};
export const STREAM = streamOf('bench', 'production');
const BY = { actor: 'bench', reason: 'measured' };

/** A rollback that was carried out: who was settled how, and after how many milliseconds the last one was. */
export type TakenBack = { readonly tookMs: number; readonly settled: readonly Settled[] };

/** Environment variable with the address of a PostgreSQL, for processes that have their state there. */
export const ADDRESS = 'BENCH_DATABASE_URL';
/** And one with the folder for what they keep beside it. */
export const FOLDER = 'BENCH_FOLDER';

/** 16 processes of an application on one state. */
export class Fleet {
  readonly #store: Store;
  readonly #children: ReadonlyMap<string, ChildProcess>;
  /** Between two looks for acknowledgements. A server would be kept busy by it that is measured here. */
  readonly #lookMs: number;

  private constructor(store: Store, children: ReadonlyMap<string, ChildProcess>, lookMs: number) {
    this.#store = store;
    this.#children = children;
    this.#lookMs = lookMs;
  }

  /** @param named a file, or `postgres:` and the variable with the address */
  static async during<T>(named: string, use: (fleet: Fleet) => Promise<T>): Promise<T> {
    const place = storePlace({
      named,
      env: process.env,
      cwd: '/',
      input: { sqlite: named },
      configFolder: tmpdir(),
    });
    const store = await openStore(place, { clock: systemClock, prepare: true });
    const children = new Map<string, ChildProcess>();
    try {
      await register(store, systemClock, parsePlan(PLAN).plan, 'production');
      for (let n = 0; n < PROCESSES; n += 1)
        children.set(`one-${n}`, await start('actuation-application.ts', named, `one-${n}`));
      return await use(new Fleet(store, children, place.kind === 'sqlite' ? 1 : 5));
    } finally {
      await Promise.all([...children.values()].map(stop));
      await store.close();
    }
  }

  get names(): readonly string[] {
    return [...this.#children.keys()];
  }

  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#children.get(name)?.kill(signal);
  }

  /** Milliseconds from each request to the moment at which the store has the last acknowledgement of these. */
  async measureChanges(changes: number, names: readonly string[]): Promise<readonly number[]> {
    const times: number[] = [];
    for (let n = 0; n < changes; n += 1) {
      // Not in step with the reports, which come once a second.
      await systemClock.sleep(50 + Math.random() * 100);
      const value = 10 + (n % 2) * 10;
      const began = performance.now();
      const request = { kind: 'set-flag', flag: 'use_candidate', value, ...BY } as const;
      const { state } = await operate(this.#store, systemClock, STREAM, request);
      await this.acknowledged(names, state.routing?.epoch ?? Infinity);
      times.push(performance.now() - began);
    }
    return times;
  }

  /** Resolves when all of these have acknowledged an epoch; without one, the store's. */
  async acknowledged(names: readonly string[], epoch?: number): Promise<void> {
    const least = epoch ?? (await this.#store.routing(STREAM))?.epoch ?? Infinity;
    for (const began = performance.now(); performance.now() - began < ANSWER_MS;) {
      const instances = await this.#store.instances(STREAM);
      const done = new Set(
        instances
          .filter(({ body }) => Number(Object(body).acknowledged) >= least)
          .map(({ instance }) => instance),
      );
      if (names.every((name) => done.has(name))) return;
      await systemClock.sleep(this.#lookMs);
    }
    throw new Error(`not every process acknowledged epoch ${least} within ${ANSWER_MS} ms`);
  }

  /** A rollback of everything with a controller that has seen nobody before. */
  async takeBack(): Promise<TakenBack> {
    const began = performance.now();
    await operate(this.#store, systemClock, STREAM, {
      kind: 'rollback',
      repositories: null,
      mode: 'drain',
      ...BY,
    });
    const controller = new Controller({
      store: this.#store,
      clock: systemClock,
      stream: STREAM,
      holder: 'bench',
      leaseMs: LEASE_MS,
      effects: { run: () => Promise.resolve({ ok: false, output: 'there are none here' }) },
    });
    await controller.run(AbortSignal.timeout(ANSWER_MS));
    const tookMs = performance.now() - began;
    const events = (await this.#store.read(STREAM)).map(fromStored);
    const done = events.findLast(({ kind }) => kind === 'rollback.acknowledged');
    if (done?.kind !== 'rollback.acknowledged')
      throw new Error(`no rollback was verified within ${ANSWER_MS} ms`);
    return { tookMs, settled: done.instances };
  }
}
