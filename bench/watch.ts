import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operate } from '../src/engine/index.ts';
import { register, streamOf } from '../src/engine/index.ts';
import { parsePlan } from '../src/config/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import type { Outcome } from './figure.ts';
import { quantile } from './rounds.ts';

const PROCESSES = 16;
const CHANGES = 100;
const IDLE_MS = 10_000;
/** What plan 000 allows for a rollback. Milliseconds. */
const PLAN_BUDGET_MS = 60_000;

/** How long until the last of 16 processes has acknowledged a change, and what watching costs while nothing changes. */
export async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const file = join(folder, 'state.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  const children: ChildProcess[] = [];
  try {
    const { plan } = parsePlan(PLAN);
    await register(store, systemClock, plan, 'production');
    for (let n = 0; n < PROCESSES; n += 1) children.push(await startApplication(file, `one-${n}`));
    const times = await measureChanges(store);
    const idle = await idleWatcher(join(folder, 'idle.db'));
    const name = `change to last acknowledgement of ${PROCESSES} processes`;
    const peers = [{ name: 'what plan 000 allows', value: PLAN_BUDGET_MS }];
    return {
      figures: [
        { name: `${name}, median`, value: quantile(times, 0.5), peers },
        { name: `${name}, p99`, value: quantile(times, 0.99), peers },
        { name: 'watcher of an idle store', value: idle, peers: [] },
      ],
      missing: [],
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const PLAN = {
  id: 'bench',
  title: 'Bench',
  topology: 'same-store',
  flag: { name: 'use_candidate' },
  repositories: { user: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [{ id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'users' }] }],
  rollback: { budget: '1m' },
};

async function startApplication(file: string, instance: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'watch-application.ts'), [file, instance], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** Milliseconds from the request to the moment at which the store has the last acknowledgement. */
async function measureChanges(store: Store): Promise<readonly number[]> {
  const stream = streamOf('bench', 'production');
  const times: number[] = [];
  for (let n = 0; n < CHANGES; n += 1) {
    // Not in step with the reports, which come once a second.
    await systemClock.sleep(50 + Math.random() * 100);
    const began = performance.now();
    const { state } = await operate(store, systemClock, stream, {
      kind: 'set-flag',
      flag: 'use_candidate',
      value: 10 + (n % 2) * 10,
      actor: 'bench',
      reason: 'measured',
    });
    await allAcknowledged(store, stream, state.routing?.epoch ?? Infinity);
    times.push(performance.now() - began);
  }
  return times;
}

async function allAcknowledged(store: Store, stream: string, epoch: number): Promise<void> {
  for (;;) {
    const instances = await store.instances(stream);
    const done = instances.filter(({ body }) => Number(Object(body).acknowledged) >= epoch);
    if (done.length >= PROCESSES) return;
    await systemClock.sleep(1);
  }
}

/** CPU time of a process that only watches, in percent of the time that passed. */
async function idleWatcher(file: string): Promise<number> {
  const store = await openSqliteStore({ file, clock: systemClock });
  const child = fork(join(import.meta.dirname, 'watch-idle.ts'), [file, String(IDLE_MS)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const [share] = (await once(child, 'message')) as [number];
    return share * 100;
  } finally {
    child.kill('SIGKILL');
    await store.close();
  }
}
