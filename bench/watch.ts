import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operate, register, streamOf } from '../src/engine/index.ts';
import { parsePlan } from '../src/config/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { figure, type Outcome } from './figure.ts';
import { quantile } from './rounds.ts';

const PROCESSES = 16;
const CHANGES = 100;
const IDLE_MS = 10_000;
/** For one answer of one process. A machine that is this slow measures nothing. Milliseconds. */
const ANSWER_MS = 30_000;
/** What plan 000 allows for a rollback. Milliseconds. */
const PLAN_BUDGET_MS = 60_000;

/** How long until the last of 16 processes has acknowledged a change, and what watching costs while nothing changes. */
export default async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  try {
    const times = await inApplications(join(folder, 'state.db'));
    const source = await idleShare('watch-application.ts', join(folder, 'idle-source.db'));
    const watcher = await idleShare('watch-idle.ts', join(folder, 'idle-watcher.db'));
    const peers = [{ name: 'what plan 000 allows', value: PLAN_BUDGET_MS }];
    return {
      figures: [
        figure('change to last acknowledgement of 16, median', quantile(times, 0.5), peers),
        figure('change to last acknowledgement of 16, p99', quantile(times, 0.99), peers),
        figure('idle process with a source', source),
        figure('idle watcher of a store, alone', watcher),
      ],
      missing: [],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inApplications(file: string): Promise<readonly number[]> {
  const children: ChildProcess[] = [];
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    await register(store, systemClock, parsePlan(PLAN).plan, 'production');
    for (let n = 0; n < PROCESSES; n += 1)
      children.push(await start('watch-application.ts', file, `one-${n}`));
    return await measureChanges(store);
  } finally {
    await Promise.all(children.map(stop));
    await store.close();
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

/** A process of ours that said that it is ready. */
async function start(script: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, script), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await answerOf(child);
    return child;
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The next message. A process that ends or stays silent is an error, not a wait for ever. */
async function answerOf(child: ChildProcess, withinMs = ANSWER_MS): Promise<unknown> {
  const done = new AbortController();
  const { signal } = done;
  try {
    const [answer]: unknown[] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(
          `a process of the benchmark ended with ${String(code)}: ${child.spawnargs.join(' ')}`,
        );
      }),
      systemClock.sleep(withinMs, signal).then(() => {
        throw new Error(`a process of the benchmark said nothing for ${withinMs} ms`);
      }),
    ]);
    return answer;
  } finally {
    done.abort();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
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
  for (const began = performance.now(); performance.now() - began < ANSWER_MS;) {
    const instances = await store.instances(stream);
    const done = instances.filter(({ body }) => Number(Object(body).acknowledged) >= epoch);
    if (done.length >= PROCESSES) return;
    await systemClock.sleep(1);
  }
  throw new Error(`not every process acknowledged epoch ${epoch} within ${ANSWER_MS} ms`);
}

/** In percent of a core. The process has a store of its own: nobody else writes to it. */
async function idleShare(script: string, file: string): Promise<number> {
  const child = await start(script, file, 'idle');
  try {
    child.send(IDLE_MS);
    return Number(await answerOf(child, IDLE_MS + ANSWER_MS));
  } finally {
    await stop(child);
  }
}
