import { InMemoryProvider, OpenFeature, ProviderStatus, type Client } from '@openfeature/server-sdk';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createCutover, type Cutover } from '../repository/index.ts';
import { manualClock, testSource, type TestSource } from '../testing/index.ts';
import { cutoverProvider } from './openfeature-provider.ts';
import { exposureFrom, type FlagClient } from './openfeature-source.ts';

const plan = {
  id: 'swap',
  flag: { name: 'USE_SWAP', aliases: ['use_swap'], env: 'USE_SWAP' },
  repositories: { user: { flag: 'swap_user' }, bike: { flag: 'swap_bike' } },
};

let domains = 0;

/** A domain of its own: clients of one domain share a provider. */
function newDomain(): string {
  domains += 1;
  return `test-${domains}`;
}

async function provided(): Promise<{ source: TestSource; cutover: Cutover; client: Client }> {
  const source = testSource({ plan });
  const cutover = createCutover(plan, { source });
  const domain = newDomain();
  await OpenFeature.setProviderAndWait(domain, cutoverProvider(plan, cutover));
  return { source, cutover, client: OpenFeature.getClient(domain) };
}

afterAll(() => OpenFeature.close());

/** The evaluation scenarios of OpenFeature's specification, for a provider whose flags are all booleans. */
describe('the OpenFeature provider', () => {
  it('resolves a boolean with its details', async () => {
    const { source, client } = await provided();
    source.expose(100, { repository: 'user' });
    expect(await client.getBooleanValue('swap_user', false)).toBe(true);
    expect(await client.getBooleanDetails('swap_user', false, { targetingKey: 'ana' })).toMatchObject({
      flagKey: 'swap_user',
      value: true,
      variant: 'candidate',
      reason: 'SPLIT',
      flagMetadata: { repository: 'user', why: 'repository exposure', epoch: source.state.epoch },
    });
  });

  it('resolves a value that is false with a reason, and not with the default', async () => {
    const { source, client } = await provided();
    expect(await client.getBooleanDetails('swap_user', true)).toMatchObject({
      value: false,
      reason: 'DEFAULT',
    });
    source.kill('drain', { repository: 'user' });
    expect(await client.getBooleanDetails('swap_user', true)).toMatchObject({
      value: false,
      reason: 'DISABLED',
    });
  });

  it('targets by the context, and does without one', async () => {
    const { source, client } = await provided();
    source.change({ allow: ['ana'], deny: ['ben'] });
    source.expose(100, { of: 'users' });
    source.change({ deny: ['ben'] });
    const of = (targetingKey?: string) =>
      client.getBooleanDetails('swap_user', false, targetingKey === undefined ? {} : { targetingKey });
    expect(await of('ben')).toMatchObject({ value: false, reason: 'TARGETING_MATCH' });
    expect(await of('ana')).toMatchObject({ value: true, reason: 'TARGETING_MATCH' });
    expect(await of('cem')).toMatchObject({ value: true, reason: 'SPLIT' });
    expect(await of()).toMatchObject({ value: false });
  });

  it('returns the default for a flag that is not there, whatever its type', async () => {
    const { client } = await provided();
    const missing = { reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' };
    expect(await client.getBooleanDetails('none', true)).toMatchObject({ value: true, ...missing });
    expect(await client.getStringDetails('none', 'bye')).toMatchObject({ value: 'bye', ...missing });
    expect(await client.getNumberDetails('none', 0.1)).toMatchObject({ value: 0.1, ...missing });
    expect(await client.getObjectDetails('none', { a: 1 })).toMatchObject({ value: { a: 1 }, ...missing });
  });

  it('returns the default for another type', async () => {
    const { client } = await provided();
    const mismatch = { reason: 'ERROR', errorCode: 'TYPE_MISMATCH' };
    expect(await client.getStringDetails('swap_user', 'bye')).toMatchObject({ value: 'bye', ...mismatch });
    expect(await client.getNumberDetails('swap_user', 1)).toMatchObject({ value: 1, ...mismatch });
    expect(await client.getObjectDetails('swap_user', {})).toMatchObject({ value: {}, ...mismatch });
  });

  it('is not ready before it was initialized, and in error without a store, where everything is control', async () => {
    const source = testSource({ plan });
    source.expose(100);
    const cutover = createCutover(plan, { source });
    const opened = Promise.withResolvers<void>();
    const provider = cutoverProvider(plan, {
      which: cutover.which,
      clearFeatureFlagCache: () => opened.promise.then(() => cutover.clearFeatureFlagCache()),
    });
    const domain = newDomain();
    const ready = OpenFeature.setProviderAndWait(domain, provider);
    const client = OpenFeature.getClient(domain);
    expect(await client.getBooleanDetails('swap_user', false)).toMatchObject({
      value: false,
      reason: 'ERROR',
      errorCode: 'PROVIDER_NOT_READY',
    });
    source.goStale();
    opened.resolve();
    await expect(ready).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails('swap_user', true)).toMatchObject({
      value: false,
      reason: 'STALE',
    });
    source.answer();
    expect(await client.getBooleanValue('swap_user', false)).toBe(true);
  });

  it('answers within a request as the request is served', async () => {
    const { source, cutover, client } = await provided();
    source.expose(100);
    await cutover.pin({ key: 'ana' }, async () => {
      source.kill();
      expect(await client.getBooleanDetails('swap_user', false, { targetingKey: 'ana' })).toMatchObject({
        value: true,
        reason: 'CACHED',
      });
    });
    expect(await client.getBooleanValue('swap_user', true)).toBe(false);
  });

  it('says of the global flag whether every repository is there', async () => {
    const { source, client } = await provided();
    source.expose(100, { repository: 'user' });
    expect(await client.getBooleanDetails('use_swap', true)).toMatchObject({
      value: false,
      flagMetadata: { repository: 'bike' },
    });
    source.expose(100, { repository: 'bike' });
    expect(await client.getBooleanValue('USE_SWAP', false)).toBe(true);
  });
});

/** A client that says what a test sets, of any type. */
class SetClient implements FlagClient {
  readonly flags: Record<string, number | boolean | string> = {};
  failing: string | undefined;
  asked = 0;

  getNumberDetails(flag: string, otherwise: number): ReturnType<FlagClient['getNumberDetails']> {
    return this.#details(flag, otherwise, 'number');
  }

  getBooleanDetails(flag: string, otherwise: boolean): ReturnType<FlagClient['getBooleanDetails']> {
    return this.#details(flag, otherwise, 'boolean');
  }

  async #details<T>(flag: string, otherwise: T, type: string): Promise<{ value: T; errorCode?: string }> {
    this.asked += 1;
    if (this.failing !== undefined) throw new Error(this.failing);
    const value = this.flags[flag];
    if (value === undefined) return { value: otherwise, errorCode: 'FLAG_NOT_FOUND' };
    return typeof value === type ? { value: value as T } : { value: otherwise, errorCode: 'TYPE_MISMATCH' };
  }
}

describe('exposure from an OpenFeature client', () => {
  async function connected(client: FlagClient) {
    const clock = manualClock();
    const source = testSource({ plan, clock, staleAfterMs: 10 * 60_000 });
    const cutover = createCutover(plan, { source: exposureFrom(client, plan, source) });
    await cutover.clearFeatureFlagCache();
    const share = (repository: string): number => {
      const keys = Array.from({ length: 400 }, (_, index) => `user-${index}`);
      return keys.filter((key) => cutover.which(repository, { key }).side === 'candidate').length / 400;
    };
    return { clock, source, cutover, share };
  }

  it('is that of a real provider, a number or a boolean, for each repository and for all', async () => {
    const variants = { quarter: 25, on: 100 };
    const domain = newDomain();
    const provider = new InMemoryProvider({
      swap_user: { variants, defaultVariant: 'quarter', disabled: false },
      swap_bike: { variants: { yes: true, no: false }, defaultVariant: 'yes', disabled: false },
    });
    await OpenFeature.setProviderAndWait(domain, provider);
    const { share, clock, cutover } = await connected(OpenFeature.getClient(domain));
    expect(share('user')).toBeCloseTo(0.25, 1);
    expect(share('bike')).toBe(1);
    provider.putConfiguration({ USE_SWAP: { variants, defaultVariant: 'on', disabled: false } });
    expect(share('user')).toBeCloseTo(0.25, 1);
    clock.advance(5_000);
    await cutover.clearFeatureFlagCache();
    expect(share('user')).toBe(1);
  });

  it('never wins over a kill, a run, or what a person has set', async () => {
    const client = new SetClient();
    Object.assign(client.flags, { USE_SWAP: 100, swap_user: 100, swap_bike: 100 });
    const { source, share } = await connected(client);
    source.expose(0, { repository: 'user' });
    expect([share('user'), share('bike')]).toEqual([0, 1]);
    source.kill('drain', { repository: 'bike' });
    expect(share('bike')).toBe(0);
    source.resume({ repository: 'bike' });
    source.expose(10);
    source.expose('unset', { repository: 'user' });
    expect(share('user')).toBeLessThan(0.2);
    source.kill();
    expect([share('user'), share('bike')]).toEqual([0, 0]);
  });

  it('is asked now and then, and never by a call', async () => {
    const client = new SetClient();
    const { share, clock } = await connected(client);
    const before = client.asked;
    share('user');
    expect(client.asked).toBe(before);
    clock.advance(5_000);
    expect(client.asked).toBeGreaterThan(before);
  });

  it('keeps the last good answer of a client that fails for a minute, names the trouble, and has no opinion then', async () => {
    const client = new SetClient();
    client.flags['swap_user'] = 100;
    const { source, share, clock, cutover } = await connected(client);
    client.failing = 'connection refused';
    clock.advance(55_000);
    await cutover.clearFeatureFlagCache();
    expect(share('user')).toBe(1);
    clock.advance(6_000);
    await cutover.clearFeatureFlagCache();
    expect(share('user')).toBe(0);
    expect(cutover.which('user').why).toBe('default');
    expect(source.status().notes).toContain(
      'OpenFeature gives no exposure for swap_user: connection refused',
    );
  });

  it('is no opinion for what is no percentage', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.constantFrom<number | string>(Number.NaN, Infinity, -1, 100.01, 'half'),
          fc.double({ min: 0, max: 100, noNaN: true }),
        ),
        async (value) => {
          const client = new SetClient();
          client.flags['swap_user'] = value;
          const { cutover } = await connected(client);
          const isPercentage = typeof value === 'number' && value >= 0 && value <= 100;
          expect(cutover.which('user', { key: 'ana' }).why).toBe(
            isPercentage ? 'repository exposure' : 'default',
          );
        },
      ),
      { numRuns: 50 },
    ));
});
