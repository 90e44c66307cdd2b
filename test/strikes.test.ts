import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { operate, register } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import type { AgentStatus, Explanation } from '../src/repository/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { ask, ForkedApps, SWAP } from './fixtures/forked-app.ts';

const stream = 'swap/production';
const by = { actor: 'ana', reason: 'test' };
const { plan } = parsePlan({
  ...SWAP,
  repositories: { user: {}, bike: {} },
  instances: { lease: '30s' },
});

let folder: string;
let file: string;
let store: Store;
const apps = new ForkedApps();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-strikes-'));
  file = join(folder, 'state.db');
  store = await openSqliteStore({ file, clock: systemClock });
  await register(store, systemClock, plan, 'production');
  await operate(store, systemClock, stream, { kind: 'set-flag', flag: 'USE_SWAP', value: true, ...by });
});

afterEach(async () => {
  apps.end();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const app = (how: string): Promise<ChildProcess> =>
  apps.start('deadly-app.ts', [file, how], { stderr: 'ignore', isReady: how !== 'job' });

type Which = { readonly user: Explanation; readonly bike: Explanation };
const which = (child: ChildProcess): Promise<Which> => ask<Which>(child, 'which');
const files = (kind: string): readonly string[] => readdirSync(folder).filter((name) => name.endsWith(kind));
const exited = async (child: ChildProcess): Promise<unknown> => {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code;
};
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const gone = exited(child);
  child.kill(signal);
  return gone;
}
/** Whose candidates are in use, as the file says. */
const serving = (): string =>
  files('.serving')
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join();

describe('a candidate that ends the process', () => {
  it.each([
    ['by process.exit', 'exit', 1],
    ['by process.exit(0) in the middle of a call', 'exit 0', 0],
    ['by a kill -9', 'kill', 'SIGKILL'],
    ['by an exception that nobody catches', 'throw', 1],
    ['by a promise that it left behind', 'reject', 1],
    ['by an abort, as an engine without memory does', 'memory', 'SIGABRT'],
  ])('%s: the third process is on control, and says so', async (_, how, end) => {
    for (let life = 0; life < 2; life += 1) {
      const child = await app(how);
      await expect.poll(async () => (await which(child)).user.side, { timeout: 20_000 }).toBe('candidate');
      const gone = exited(child);
      child.send('find');
      expect(await gone).toBe(end);
    }
    const child = await app(how);
    const { user, bike } = await which(child);
    expect(user).toMatchObject({ side: 'control', why: 'guard' });
    // Nothing of it was in use.
    expect(bike.side).toBe('candidate');
    expect(await ask(child, 'find')).toBe('control');
  });

  it('is told: in the notes of the instance, and as counters that a row can name', async () => {
    for (let life = 0; life < 2; life += 1) {
      const child = await app('kill');
      const gone = exited(child);
      child.send('find');
      await gone;
    }
    await app('kill');
    const status = async (): Promise<AgentStatus> =>
      (await store.instances(stream)).find(({ instance }) => instance === 'i1')?.body as AgentStatus;
    await expect
      .poll(async () => (await status()).notes.join('\n'), { timeout: 20_000 })
      .toMatch(
        /^guard of user tripped: 2 times this process ended .*\nstrikes against user: 2, the last at /,
      );
    const counted = async (): Promise<readonly unknown[]> =>
      (await store.telemetry(stream, 0)).flatMap(({ body }) => {
        const { counters } = Object(body) as { counters: Record<string, number> };
        return Object.keys(counters).length === 0 ? [] : [counters];
      });
    await expect
      .poll(async () => (await counted()).at(-1), { timeout: 20_000 })
      .toMatchObject({ guard: 1, strikes: 1 });
  });

  it('is forgotten when the repository was taken back', async () => {
    const strike = (at: number): string => join(folder, `swap.production.i1.last.json.${at}-4711.strike`);
    const now = Date.now();
    for (const ago of [1, 2])
      writeFileSync(strike(now - ago), JSON.stringify({ v: 1, repositories: ['user', 'bike'] }));
    writeFileSync(strike(now), 'half a f');
    const child = await app('none');
    const why = async () => Object.values(await which(child)).map((one: Explanation) => one.why);
    expect(await why()).toEqual(['guard', 'guard']);
    const killed = { kind: 'set-flag', flag: 'USE_SWAP', value: false, ...by } as const;
    await operate(store, systemClock, stream, killed);
    await expect.poll(why, { timeout: 20_000 }).toEqual(['killed', 'killed']);
    expect(files('.strike')).toEqual([]);
  });
});

describe('an end that is no strike', () => {
  it('is a deployment: SIGTERM with calls in flight, whether the application listens or not', async () => {
    for (const [how, end] of [
      ['busy', 'SIGTERM'],
      ['handled', 1],
    ] as const) {
      const child = await app(how);
      await expect.poll(serving, { timeout: 20_000 }).toContain('user');
      expect(await ended(child, 'SIGTERM')).toBe(end);
      expect([files('.serving'), files('.strike')]).toEqual([[], []]);
    }
  });

  it('is a SIGKILL without calls of the candidate, also after there were some', async () => {
    const child = await app('none');
    expect(await ask(child, 'find')).toBe('candidate');
    expect(serving()).toContain('user');
    await expect.poll(serving, { timeout: 20_000 }).toContain('[]');
    expect(await ended(child, 'SIGKILL')).toBe('SIGKILL');
    const next = await app('none');
    expect([files('.serving'), files('.strike')]).toEqual([[], []]);
    expect(await ended(next, 'SIGKILL')).toBe('SIGKILL');
  });

  it('is a job that is done, and an application that leaves', async () => {
    expect(await exited(await app('job'))).toBe(0);
    const child = await app('busy');
    const gone = exited(child);
    child.send('close');
    await expect.poll(() => files('.serving'), { timeout: 20_000 }).toEqual([]);
    child.kill('SIGKILL');
    await gone;
    await app('none');
    expect(files('.strike')).toEqual([]);
  });

  it('is another process of the same name that is alive', async () => {
    const child = await app('busy');
    await expect.poll(serving, { timeout: 20_000 }).toContain('user');
    await app('none');
    expect(files('.strike')).toEqual([]);
    expect(await ended(child, 'SIGKILL')).toBe('SIGKILL');
    await app('none');
    expect(files('.strike')).toHaveLength(1);
  });
});
