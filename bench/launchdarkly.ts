import { load, QUIET } from './peers.ts';

export type LaunchDarklyClient = {
  variation(flag: string, context: object, otherwise: string): Promise<string>;
  waitForInitialization(options: object): Promise<unknown>;
  close(): void;
};

/** Their server SDK without a network, with one flag of their test data. @param weights in 1/1000 of a percent */
export async function launchDarkly(
  flag: string,
  variations: readonly string[],
  weights: readonly number[],
): Promise<{ readonly client: LaunchDarklyClient; readonly sdk: Readonly<Record<string, unknown>> }> {
  const sdk = await load<{ init(key: string, options: object): LaunchDarklyClient }>(
    '@launchdarkly/node-server-sdk',
  );
  type TestData = { usePreconfiguredFlag(flag: object): Promise<void>; getFactory(): object };
  const { TestData } = await load<{ readonly TestData: new () => TestData }>(
    '@launchdarkly/node-server-sdk/integrations',
  );
  const data = new TestData();
  const rollout = {
    kind: 'rollout',
    variations: weights.map((weight, variation) => ({ variation, weight })),
  };
  await data.usePreconfiguredFlag({
    key: flag,
    version: 1,
    on: true,
    variations,
    fallthrough: { rollout },
    offVariation: 0,
    rules: [],
    targets: [],
    prerequisites: [],
    salt: 'bench',
  });
  const client = sdk.init('sdk-bench', {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: QUIET,
  });
  await client.waitForInitialization({ timeout: 5 });
  return { client, sdk };
}
