import { compileRoute, type RoutingState } from '../src/route/index.ts';
import { keyAt, KEYS, longKeyAt } from './keys.ts';
import { launchDarkly } from './launchdarkly.ts';
import { STATE } from './memory-source.ts';
import { load, QUIET } from './peers.ts';
import type { Case } from './timing.ts';

/** Who of ten percent of all users is on the candidate: ours and the local evaluation of flag services. */
export const OURS = 'ours';
export const OURS_LONG = 'ours, keys of 36 characters';

/** A flag that is set up wrongly answers the same to everybody, and fast: then there is nothing to compare. */
async function checked(one: Case): Promise<Case> {
  const share = Number(await one.run(KEYS.length)) / KEYS.length;
  if (!(share > 0.08 && share < 0.12)) throw new Error(`${share} of the keys is on, not about 0.1`);
  return one;
}

function counting(isOn: (key: string) => boolean, close?: Case['close'], keyOf = keyAt): Case {
  return {
    run: (operations) => {
      let on = 0;
      for (let n = 0; n < operations; n += 1) if (isOn(keyOf(n))) on += 1;
      return on;
    },
    ...(close === undefined ? {} : { close }),
  };
}

function countingLater(isOn: (key: string) => Promise<boolean>, close?: Case['close']): Case {
  return {
    run: async (operations) => {
      let on = 0;
      for (let n = 0; n < operations; n += 1) if (await isOn(keyAt(n))) on += 1;
      return on;
    },
    ...(close === undefined ? {} : { close }),
  };
}

function ours(keyOf: (operation: number) => string): Case {
  const route = compileRoute(state(), 'user', LOCAL);
  const random = (): number => 0.5;
  return counting((key) => route.side(key, random) === 'candidate', undefined, keyOf);
}

const LOCAL = {
  instance: 'one',
  override: { repository: undefined, global: undefined },
  guardTripped: false,
  localKill: false,
  stale: false,
} as const;

function state(): RoutingState {
  const unset = { exposure: 'unset', of: 'users', instances: [], killed: false } as const;
  return { ...STATE, global: { ...unset, exposure: 1_000 }, repositories: { user: unset } };
}

export const PEERS: Readonly<Record<string, () => Promise<Case>>> = {
  'flagd-core': async () => {
    type Core = new (
      storage: undefined,
      logger: typeof QUIET,
    ) => {
      setConfigurations(json: string): void;
      resolveBooleanEvaluation(
        flag: string,
        otherwise: boolean,
        context: object,
      ): { readonly value: boolean };
    };
    const { FlagdCore } = await load<{ readonly FlagdCore: Core }>('@openfeature/flagd-core');
    const core = new FlagdCore(undefined, QUIET);
    const targeting = {
      fractional: [
        ['on', 10],
        ['off', 90],
      ],
    };
    const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting };
    core.setConfigurations(JSON.stringify({ flags: { swap: flag } }));
    return counting((key) => core.resolveBooleanEvaluation('swap', false, { targetingKey: key }).value);
  },
  Unleash: async () => {
    type Client = {
      on(event: string, listener: () => void): void;
      isEnabled(flag: string, context: object): boolean;
      destroy(): void;
    };
    const { Unleash } = await load<{ readonly Unleash: new (options: object) => Client }>('unleash-client');
    const parameters = { rollout: '10', stickiness: 'userId', groupId: 'swap' };
    const strategies = [{ name: 'flexibleRollout', parameters, constraints: [] }];
    const feature = { name: 'swap', type: 'release', enabled: true, stale: false, strategies, variants: [] };
    const client = new Unleash({
      appName: 'bench',
      // Nothing answers there: the flags come from below.
      url: 'http://127.0.0.1:9/api/',
      refreshInterval: 0,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      bootstrap: { data: [feature] },
    });
    for (const event of ['error', 'warn']) client.on(event, () => {});
    await new Promise<void>((resolve) => client.on('ready', () => resolve()));
    return counting(
      (key) => client.isEnabled('swap', { userId: key }),
      () => client.destroy(),
    );
  },
  LaunchDarkly: async () => {
    const { client } = await launchDarkly('swap', ['off', 'on'], [90_000, 10_000]);
    return countingLater(
      async (key) => (await client.variation('swap', { kind: 'user', key }, 'off')) === 'on',
      () => client.close(),
    );
  },
  GrowthBook: async () => {
    type Client = {
      initSync(options: object): Client;
      isOn(flag: string, context: object): boolean;
      destroy(): void;
    };
    const { GrowthBookClient } = await load<{ readonly GrowthBookClient: new (options: object) => Client }>(
      '@growthbook/growthbook',
    );
    const rule = { force: true, coverage: 0.1, hashAttribute: 'id', hashVersion: 2, seed: 'bench' };
    const features = { swap: { defaultValue: false, rules: [rule] } };
    const client = new GrowthBookClient({}).initSync({ payload: { features } });
    return counting(
      (key) => client.isOn('swap', { attributes: { id: key } }),
      () => client.destroy(),
    );
  },
  'OpenFeature in memory': async () => {
    type Sdk = {
      readonly InMemoryProvider: new (flags: object) => object;
      readonly OpenFeature: {
        setProviderAndWait(provider: object): Promise<void>;
        getClient(): { getBooleanValue(flag: string, otherwise: boolean, context: object): Promise<boolean> };
        close(): Promise<void>;
      };
    };
    const { InMemoryProvider, OpenFeature } = await load<Sdk>('@openfeature/server-sdk');
    const route = compileRoute(state(), 'user', LOCAL);
    // It has no shares of its own: our decision stands in, and what is added to it is the client's.
    const contextEvaluator = ({ targetingKey }: { readonly targetingKey: string }): string =>
      route.side(targetingKey, () => 0.5) === 'candidate' ? 'on' : 'off';
    const swap = {
      variants: { on: true, off: false },
      disabled: false,
      defaultVariant: 'off',
      contextEvaluator,
    };
    await OpenFeature.setProviderAndWait(new InMemoryProvider({ swap }));
    const client = OpenFeature.getClient();
    return countingLater(
      (key) => client.getBooleanValue('swap', false, { targetingKey: key }),
      () => OpenFeature.close(),
    );
  },
};

const MAKERS: Readonly<Record<string, () => Case | Promise<Case>>> = {
  [OURS]: () => ours(keyAt),
  [OURS_LONG]: () => ours(longKeyAt),
  ...PEERS,
};
export const CASES: Readonly<Record<string, () => Promise<Case>>> = Object.fromEntries(
  Object.entries(MAKERS).map(([name, make]) => [name, async () => checked(await make())]),
);
