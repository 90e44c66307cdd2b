import { describe, expect, it } from 'vitest';
import { createCutover } from '../repository/index.ts';
import { manualClock, testSource } from '../testing/index.ts';
import { serverlessSource, type ServerlessOptions } from './index.ts';

const plan = { id: 'swap', repositories: { user: {} } };

/** An instance between invocations, and the store that it reads from. */
function deployed(options: Partial<ServerlessOptions> = {}) {
  const clock = manualClock();
  const store = testSource({ plan, environment: 'production' });
  const waiting: Promise<unknown>[] = [];
  let reads = 0;
  const source = serverlessSource(plan, {
    environment: 'production',
    clock,
    load: async () => {
      reads += 1;
      await new Promise(setImmediate);
      return structuredClone(store.state);
    },
    ...options,
  });
  const cutover = createCutover(plan, { source });
  return {
    clock,
    store,
    source,
    cutover,
    reads: () => reads,
    side: () => cutover.which('user').side,
    /** An invocation, and what it leaves behind. */
    async invoke(): Promise<string> {
      await source.begin({ waitUntil: (promise) => void waiting.push(promise) });
      const { side } = cutover.which('user');
      await Promise.all(waiting.splice(0));
      return side;
    },
  };
}

describe('a serverless source', () => {
  it('is control before anything was read, then as the store says, and reads again once that is old', async () => {
    const { store, invoke, clock, reads } = deployed();
    store.expose(100);
    expect(await invoke()).toBe('control');
    expect(await invoke()).toBe('candidate');
    clock.advance(1_999);
    await invoke();
    expect(reads()).toBe(1);
    store.kill();
    clock.advance(1);
    expect(await invoke()).toBe('candidate');
    expect(await invoke()).toBe('control');
    expect(reads()).toBe(2);
  });

  it('trusts no state for longer than it may, whatever happens to the reads', async () => {
    let answer = (): Promise<unknown> => Promise.reject(new Error('refused'));
    const { store, invoke, clock } = deployed({ load: () => answer() });
    const good = answer;
    answer = () => Promise.resolve(store.state);
    store.expose(100);
    await invoke();
    for (const broken of [
      good,
      () => Promise.resolve({ v: 1 }),
      () => Promise.resolve({ ...store.state, migration: 'other' }),
      () => Promise.resolve({ ...store.state, environment: 'staging' }),
    ]) {
      clock.advance(2_000);
      answer = broken;
      expect(await invoke()).toBe('candidate');
    }
    clock.advance(2_001);
    expect(await invoke()).toBe('control');
  });

  it('waits for the first state if it is told to, and no longer than that', async () => {
    const hanging = Promise.withResolvers<unknown>();
    const { invoke, clock, source, store } = deployed({ firstWait: '100ms', load: () => hanging.promise });
    store.expose(100);
    const first = source.begin({ waitUntil: () => {} });
    clock.advance(100);
    await first;
    hanging.resolve(store.state);
    expect(await invoke()).toBe('candidate');
  });

  it('gives up a read that never ends, since its invocation may be gone', async () => {
    let isHanging = true;
    const { source, side, clock, store } = deployed({
      load: () => (isHanging ? new Promise(() => {}) : Promise.resolve(store.state)),
    });
    const begin = (): Promise<void> => source.begin({ waitUntil: () => {} });
    store.expose(100);
    await begin();
    isHanging = false;
    await begin();
    expect(side()).toBe('control');
    clock.advance(5_000);
    await begin();
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(side()).toBe('candidate');
  });

  it('sends what was counted now and then, and at the end; a failing receiver harms nobody', async () => {
    const sent: unknown[] = [];
    const { clock, cutover, invoke, source } = deployed({
      send: async (batch) => {
        sent.push(batch.counters);
        throw new Error('full');
      },
    });
    cutover.count('complaints');
    await invoke();
    expect(sent).toEqual([]);
    clock.advance(10_000);
    await invoke();
    cutover.count('complaints', 2);
    await source.close();
    expect(sent).toEqual([{ complaints: 1 }, { complaints: 2 }]);
  });

  it('refuses what it cannot do', async () => {
    expect(() => deployed({ refreshAfter: '10s' })).toThrow('every state would be too old');
    expect(() => deployed({ freshFor: 'soon' })).toThrow('is not a duration');
    const { cutover } = deployed();
    await expect(cutover.updateFeatureFlag('swap_user', true, 'ana', 'try')).rejects.toMatchObject({
      code: 'STORE_READ_ONLY',
    });
    expect(() => cutover.pin({ key: 'ana' }, () => 0)).toThrow('cannot carry a pin');
    await expect(
      deployed({ load: () => Promise.reject(new Error('refused')) }).cutover.clearFeatureFlagCache(),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('refused') });
  });
});
