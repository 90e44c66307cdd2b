import { AsyncLocalStorage } from 'node:async_hooks';
import { createCutover, type Source } from '../src/index.ts';
import { murmur3, systemClock } from '../src/kernel/index.ts';
import type { RoutingState } from '../src/route/index.ts';
import type { Outcome } from './figure.ts';
import { keyAt } from './keys.ts';
import { launchDarkly } from './launchdarkly.ts';
import { load, readyPeers } from './peers.ts';
import { takeTurns, type Contender } from './rounds.ts';

/**
 * What a call costs that goes through a repository, half of them to each side, all of them timed and counted; beside
 * what a team would write by hand, and beside libraries that do it.
 */
export async function measure(): Promise<Outcome> {
  const { peers, missing } = await readyPeers(PEERS);
  const own = [bare(), floor(), ours(), oursPinned()];
  const times = await takeTurns([...own, ...peers]);
  for (const peer of peers) peer.close?.();
  const at = (name: string): number => times.get(name) ?? Number.NaN;
  const over = (name: string): number => at(name) - at('bare await');
  const others = ['hand-written floor', ...peers.map(({ name }) => name)];
  const figures = [
    {
      name: 'routed call, over the hand-written floor',
      value: over('routed') / over('hand-written floor'),
      peers: [],
    },
    {
      name: 'routed call, over a bare await',
      value: over('routed'),
      peers: others.map((name) => ({ name, value: over(name) })),
    },
    { name: 'routed call in a pin, over a bare await', value: over('routed in a pin'), peers: [] },
  ];
  if (!missing.some(({ name }) => name === MIGRATION)) {
    const value = over('routed') / over(MIGRATION);
    figures.push({ name: 'routed call, over LaunchDarkly Migration.read', value, peers: [] });
  }
  return { figures, missing };
}

type Users = { find(key: string): Promise<string> };
const control: Users = { find: async (key) => key };
const candidate: Users = { find: async (key) => key };

type Closing = Contender & { readonly close?: () => void };

function calling(name: string, find: (key: string) => Promise<unknown>, close?: () => void): Closing {
  return {
    name,
    run: async (operations) => {
      let last: unknown = '';
      for (let n = 0; n < operations; n += 1) last = await find(keyAt(n));
      return last;
    },
    ...(close === undefined ? {} : { close }),
  };
}

function bare(): Contender {
  return calling('bare await', (key) => control.find(key));
}

/** By hand: hash, branch, two clock reads, a histogram for each side, errors counted. */
function floor(): Contender {
  const histograms = { control: new Uint32Array(2_048), candidate: new Uint32Array(2_048) };
  const errors = { control: 0, candidate: 0 };
  const threshold = 2 ** 31;
  return calling('hand-written floor', async (key) => {
    const began = performance.now();
    const side = murmur3(key) < threshold ? 'candidate' : 'control';
    try {
      return await (side === 'candidate' ? candidate : control).find(key);
    } catch (error) {
      errors[side] += 1;
      throw error;
    } finally {
      const ms = Math.max(0.001, performance.now() - began);
      const bucket = Math.ceil(Math.log(ms) * 50) + 400;
      const histogram = histograms[side];
      histogram[bucket] = (histogram[bucket] ?? 0) + 1;
    }
  });
}

function ours(): Contender {
  const { users } = application();
  return calling('routed', (key) => users.find(key));
}

function oursPinned(): Contender {
  const { users, cutover } = application();
  return {
    name: 'routed in a pin',
    // A pin for eight calls, as a request makes them.
    run: async (operations) => {
      let last = '';
      for (let n = 0; n < operations; n += 8) {
        const key = keyAt(n);
        last = await cutover.pin({ key }, async () => {
          for (let call = 1; call < 8; call += 1) await users.find(key);
          return users.find(key);
        });
      }
      return last;
    },
  };
}

function application() {
  const source = memorySource();
  const plan = { id: 'bench', repositories: { user: {} } };
  const cutover = createCutover(plan, { source });
  const users = cutover.repository('user', { control, candidate, reads: ['find'] });
  return { cutover, users };
}

/** A source that knows its state and has the scope of `cutover/node`. */
function memorySource(): Source {
  const flag = { exposure: 5_000, of: 'traffic', instances: [], killed: false } as const;
  const state: RoutingState = {
    v: 1,
    migration: 'bench',
    environment: 'production',
    epoch: 1,
    salt: 'bench',
    failSide: 'control',
    staleAfterMs: 10_000,
    byEnvironment: false,
    allow: [],
    deny: [],
    global: flag,
    repositories: {},
  };
  return {
    instance: 'one',
    environment: 'production',
    env: {},
    clock: systemClock,
    random: Math.random,
    scope: new AsyncLocalStorage<unknown>(),
    connect: (agent) => agent.apply(state, Infinity),
    setFlag: () => Promise.reject(new Error('not here')),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const MIGRATION = 'LaunchDarkly Migration.read';

const PEERS: Readonly<Record<string, () => Promise<Closing>>> = {
  'tzientist, both run': async () => {
    type Make = (options: object) => (key: string) => Promise<string>;
    const { experimentAsync } = await load<{ readonly experimentAsync: Make }>('tzientist');
    const experiment = experimentAsync({
      name: 'swap',
      control: (key: string) => control.find(key),
      candidate: (key: string) => candidate.find(key),
      options: { publish: () => {} },
    });
    return calling('tzientist, both run', experiment);
  },
  [MIGRATION]: async () => {
    const { client, sdk } = await launchDarkly('swap', ['off', 'complete'], [50_000, 50_000]);
    type Migration = {
      read(flag: string, context: object, stage: string, key: string): Promise<unknown>;
    };
    const create = sdk['createMigration'] as (client: object, options: object) => Migration;
    const success = sdk['LDMigrationSuccess'] as (value: unknown) => unknown;
    const migration = create(client, {
      readOld: async (key: string) => success(await control.find(key)),
      readNew: async (key: string) => success(await candidate.find(key)),
      writeOld: async () => success(''),
      writeNew: async () => success(''),
    });
    return calling(
      MIGRATION,
      (key) => migration.read('swap', { kind: 'user', key }, 'off', key),
      () => client.close(),
    );
  },
};
