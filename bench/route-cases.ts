import { AsyncLocalStorage } from 'node:async_hooks';
// This folder is a package of its own, so `cutover` does not resolve to the project here.
import { createCutover, type CutoverOptions } from '../src/index.ts';
import { murmur3 } from '../src/kernel/index.ts';
import { shadow } from '../src/shadow/index.ts';
import { keyAt, KEYS } from './keys.ts';
import { launchDarkly } from './launchdarkly.ts';
import { memorySource } from './memory-source.ts';
import { load } from './peers.ts';
import { SHADOW_CASES } from './shadow-cases.ts';
import type { Case } from './timing.ts';

export const BARE = 'bare await';
export const DRAWING = 'floor that draws a number';
export const HASHING = 'floor that hashes the key';
export const IN_SCOPE = 'floor in an AsyncLocalStorage, 8 calls';
export const UNPINNED = 'without a key';
export const SAMPLED_OUT = 'without a key, sampled out of the shadow';
export const PIN_OF_8 = 'by key, 8 calls a pin';
export const PIN_OF_1 = 'by key, one call a pin';
export const MIGRATION = 'LaunchDarkly Migration.read';

type Users = { find(key: string): Promise<string> };
const control: Users = { find: async (key) => key };
const candidate: Users = { find: async (key) => key };

function calling(find: (key: string) => Promise<unknown>, close?: () => void): Case {
  return {
    run: async (operations) => {
      let last: unknown = '';
      for (let n = 0; n < operations; n += 1) last = await find(keyAt(n));
      return last;
    },
    ...(close === undefined ? {} : { close }),
  };
}

/** As many calls for one key as a scope has. */
function inScopes(
  calls: number,
  find: (key: string) => Promise<string>,
  scope: (key: string, fn: () => Promise<string>) => Promise<string>,
): Case {
  return {
    run: async (operations) => {
      let last = '';
      for (let n = 0; n < operations; n += calls) {
        const key = keyAt(n / calls);
        last = await scope(key, async () => {
          for (let call = 1; call < calls; call += 1) await find(key);
          return find(key);
        });
      }
      return last;
    },
  };
}

function hashed(key: string): boolean {
  return murmur3(key) < 2 ** 31;
}

/** By hand: decide, branch, two clock reads, a histogram for each side, errors counted. */
function byHand(isCandidate: (key: string) => boolean): (key: string) => Promise<string> {
  const histograms = { control: new Uint32Array(2_048), candidate: new Uint32Array(2_048) };
  const errors = { control: 0, candidate: 0 };
  return async (key) => {
    const began = performance.now();
    const side = isCandidate(key) ? 'candidate' : 'control';
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
  };
}

/** By hand with what a pin promises: one decision for a whole request, found again in every call. */
function floorInScope(): Case {
  const scope = new AsyncLocalStorage<boolean>();
  const find = byHand(() => scope.getStore() === true);
  return inScopes(8, find, (key, fn) => scope.run(hashed(key), fn));
}

function unpinned(): Case {
  const { users, check } = application('traffic');
  return { ...calling((key) => users.find(key)), check };
}

function pinned(calls: number): Case {
  const { users, cutover, check } = application('users');
  const find = (key: string): Promise<string> => users.find(key);
  return { ...inScopes(calls, find, (key, fn) => cutover.pin({ key }, fn)), check };
}

/** With a share of the calls in the shadow that is as good as none: what is paid by those that are not drawn. */
function sampledOut(): Case {
  const { users, check } = application('traffic', { shadow: shadow() });
  return { ...calling((key) => users.find(key)), check };
}

function application(of: 'traffic' | 'users', options: Pick<CutoverOptions, 'shadow'> = {}) {
  const { source, agent } = memorySource({
    global: { exposure: 5_000, of, instances: [], killed: false },
    shadow: { all: 1, repositories: {} },
  });
  const plan = { id: 'bench', repositories: { user: {} } };
  const cutover = createCutover(plan, { source, ...options });
  const users = cutover.repository('user', { control, candidate, reads: ['find'] });
  const check = (): void => {
    const counts = agent()
      .drain()
      .operations.map(({ calls }) => calls);
    const [one = 0, other = 0] = counts;
    // Half of the calls on each side, and every one of them counted: else something cheaper was measured.
    if (counts.length !== 2 || Math.abs(one - other) > 0.1 * (one + other))
      throw new Error(`recorded calls are ${counts.join(' and ')}, not half on each side`);
  };
  return { cutover, users, check };
}

export const PEERS: Readonly<Record<string, () => Promise<Case>>> = {
  'tzientist, both run': async () => {
    type Make = (options: object) => (key: string) => Promise<string>;
    const { experimentAsync } = await load<{ readonly experimentAsync: Make }>('tzientist');
    const experiment = experimentAsync({
      name: 'swap',
      control: (key: string) => control.find(key),
      candidate: (key: string) => candidate.find(key),
      options: { publish: () => {} },
    });
    return calling(experiment);
  },
  [MIGRATION]: async () => {
    const { client, sdk } = await launchDarkly('swap', ['off', 'complete'], [50_000, 50_000]);
    await checkStages((key) => client.variation('swap', { kind: 'user', key }, 'off'));
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
      (key) => migration.read('swap', { kind: 'user', key }, 'off', key),
      () => client.close(),
    );
  },
};

/** A flag that is set up wrongly answers the same to everybody. */
async function checkStages(stageOf: (key: string) => Promise<string>): Promise<void> {
  let complete = 0;
  for (const key of KEYS) if ((await stageOf(key)) === 'complete') complete += 1;
  const share = complete / KEYS.length;
  if (!(share > 0.45 && share < 0.55)) throw new Error(`${share} of the keys is on, not about 0.5`);
}

export const OWN: Readonly<Record<string, () => Case | Promise<Case>>> = {
  [BARE]: () => calling((key) => control.find(key)),
  [DRAWING]: () => calling(byHand(() => Math.random() < 0.5)),
  [HASHING]: () => calling(byHand(hashed)),
  [IN_SCOPE]: floorInScope,
  [UNPINNED]: unpinned,
  [SAMPLED_OUT]: sampledOut,
  [PIN_OF_8]: () => pinned(8),
  [PIN_OF_1]: () => pinned(1),
  ...SHADOW_CASES,
};
export const CASES: Readonly<Record<string, () => Case | Promise<Case>>> = { ...OWN, ...PEERS };
