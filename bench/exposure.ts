import { compileRoute, type RoutingState } from '../src/route/index.ts';
import { figure, type Outcome } from './figure.ts';
import { keyAt, KEYS, longKeyAt } from './keys.ts';
import { launchDarkly } from './launchdarkly.ts';
import { load, readyPeers, QUIET } from './peers.ts';
import { takeTurns, type Contender } from './rounds.ts';

/** Who of ten percent of all users is on the candidate: ours and the local evaluation of flag services. */
export default async function measure(): Promise<Outcome> {
  const { peers, missing } = await readyPeers(PEERS);
  const all = [ours('ours', keyAt), ours('ours, long keys', longKeyAt), ...peers];
  for (const one of all) await checkShare(one);
  const times = await takeTurns(all);
  const at = (name: string): number => times.get(name) ?? Number.NaN;
  for (const peer of peers) await peer.close?.();
  const beside = peers.map(({ name }) => ({ name, value: at(name) }));
  return {
    figures: [
      figure('exposure decision', at('ours'), beside),
      figure('exposure decision, keys of 36 characters', at('ours, long keys')),
    ],
    missing,
  };
}

/** A flag that is set up wrongly answers the same to everybody, and fast: then there is nothing to compare. */
async function checkShare({ name, run }: Contender): Promise<void> {
  const share = Number(await run(KEYS.length)) / KEYS.length;
  if (!(share > 0.08 && share < 0.12)) throw new Error(`${name}: ${share} of the keys is on, not about 0.1`);
}

type Closing = Contender & { readonly close?: () => void | Promise<void> };

function counting(
  name: string,
  isOn: (key: string) => boolean,
  close?: Closing['close'],
  keyOf = keyAt,
): Closing {
  return {
    name,
    run: (operations) => {
      let on = 0;
      for (let n = 0; n < operations; n += 1) if (isOn(keyOf(n))) on += 1;
      return on;
    },
    ...(close === undefined ? {} : { close }),
  };
}

function countingLater(
  name: string,
  isOn: (key: string) => Promise<boolean>,
  close?: Closing['close'],
): Closing {
  return {
    name,
    run: async (operations) => {
      let on = 0;
      for (let n = 0; n < operations; n += 1) if (await isOn(keyAt(n))) on += 1;
      return on;
    },
    ...(close === undefined ? {} : { close }),
  };
}

function ours(name: string, keyOf: (operation: number) => string): Closing {
  const route = compileRoute(state(), 'user', LOCAL);
  const random = (): number => 0.5;
  return counting(name, (key) => route.side(key, random) === 'candidate', undefined, keyOf);
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
  return {
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
    global: { ...unset, exposure: 1_000 },
    repositories: { user: unset },
  };
}

const PEERS: Readonly<Record<string, () => Promise<Closing>>> = {
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
    return counting(
      'flagd-core',
      (key) => core.resolveBooleanEvaluation('swap', false, { targetingKey: key }).value,
    );
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
      'Unleash',
      (key) => client.isEnabled('swap', { userId: key }),
      () => client.destroy(),
    );
  },
  LaunchDarkly: async () => {
    const { client } = await launchDarkly('swap', ['off', 'on'], [90_000, 10_000]);
    return countingLater(
      'LaunchDarkly',
      async (key) => (await client.variation('swap', { kind: 'user', key }, 'off')) === 'on',
      () => client.close(),
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
      'OpenFeature in memory',
      (key) => client.getBooleanValue('swap', false, { targetingKey: key }),
      () => OpenFeature.close(),
    );
  },
};
