import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCutover, type Cutover } from '../repository/index.ts';
import {
  manualClock,
  testSource,
  type ManualClock,
  type TestSource,
  type TestSourceOptions,
} from './index.ts';

const plan = {
  id: 'swap',
  flag: { name: 'USE_SWAP', env: 'USE_SWAP' },
  repositories: { user: { env: 'SWAP_USER' }, bike: {} },
  instances: { lease: '3s' },
  deny: ['zoe'],
} as const;

type Users = { find(id: number): string };

function setUp(options: TestSourceOptions = {}): {
  source: TestSource;
  clock: ManualClock;
  cutover: Cutover;
  users: Users;
} {
  const clock = manualClock();
  const source = testSource({ plan, clock, ...options });
  const cutover = createCutover(plan, { source });
  const users = cutover.repository<Users>('user', {
    control: { find: () => 'control' },
    candidate: { find: () => 'candidate' },
    reads: ['find'],
  });
  return { source, clock, cutover, users };
}

describe('a source for tests', () => {
  it('is fresh and unset, then what the test says', () => {
    const { source, cutover, users } = setUp();
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'default', epoch: 1 });
    source.expose(100);
    expect(users.find(1)).toBe('candidate');
    source.expose(0, { repository: 'user' });
    expect([users.find(1), cutover.which('bike').side]).toEqual(['control', 'candidate']);
    source.expose('unset', { repository: 'user' });
    expect(users.find(1)).toBe('candidate');
    source.exposeInstances(['other']);
    expect(users.find(1)).toBe('control');
    source.exposeInstances(['other', 'test-1']);
    expect(users.find(1)).toBe('candidate');
    source.change({ allow: ['ana'], global: { ...source.state.global, exposure: 'unset' } });
    expect(['ana', 'zoe'].map((key) => cutover.which('user', { key }).why)).toEqual([
      'allow list',
      'deny list',
    ]);
  });

  it('exposes the same users, and draws the same traffic, every time', () => {
    const sides = (seed: number): readonly string[] => {
      const { source, cutover, users } = setUp({ seed });
      source.expose(50);
      const drawn = Array.from({ length: 40 }, () => users.find(1));
      source.expose(30, { of: 'users' });
      return [
        ...drawn,
        ...Array.from({ length: 40 }, (_, n) => cutover.which('user', { key: `u${n}` }).side),
      ];
    };
    expect(sides(7)).toEqual(sides(7));
    expect(sides(7).slice(0, 40)).not.toEqual(sides(8).slice(0, 40));
    expect(sides(7).slice(40)).toEqual(sides(8).slice(40));
    expect(new Set(sides(7).slice(40))).toEqual(new Set(['control', 'candidate']));
  });

  it('kills: a draining one lets a pin finish, a hard one does not', () => {
    const { source, cutover, users } = setUp();
    source.expose(100);
    cutover.pin({}, () => {
      source.kill();
      expect(users.find(1)).toBe('candidate');
      expect(source.status()).toMatchObject({ applied: 3, acknowledged: 2, pins: 1 });
      source.kill('hard');
      expect(users.find(1)).toBe('control');
    });
    expect(() => source.expose(10)).toThrow(expect.objectContaining({ code: 'FLAG_KILLED' }));
    source.resume();
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'default' });
    source.expose(100);
    source.kill('drain', { repository: 'user' });
    expect([users.find(1), cutover.which('bike').side]).toEqual(['control', 'candidate']);
    source.resume({ repository: 'user' });
    expect(users.find(1)).toBe('candidate');
  });

  it('goes silent: what is known serves until it is stale, and a change does not arrive', async () => {
    const { source, clock, cutover, users } = setUp();
    source.expose(100);
    clock.advance(60_000);
    expect(users.find(1)).toBe('candidate');
    source.goSilent();
    source.kill();
    clock.advance(1_333);
    expect(users.find(1)).toBe('candidate');
    await expect(cutover.clearFeatureFlagCache()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(cutover.updateFeatureFlag('USE_SWAP', true, 'ana', 'x')).rejects.toThrow('silent');
    clock.advance(1_000);
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'stale' });
    source.answer();
    await cutover.clearFeatureFlagCache();
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'killed' });
  });

  it('can be silent from the start, and stale at once on the system clock', () => {
    const source = testSource({ plan });
    source.goSilent();
    const cutover = createCutover(plan, { source });
    expect(cutover.which('user')).toMatchObject({ why: 'stale', epoch: 0 });
    source.answer();
    source.expose(100);
    source.goStale();
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'stale' });
    source.answer();
    expect(cutover.which('user').side).toBe('candidate');
    return cutover.close();
  });

  it('takes the fail side of each side of the point of no return, whatever went wrong', () => {
    const trouble = fc.constantFrom<(source: TestSource) => void>(
      (source) => source.goStale(),
      (source) => source.setKillFile(true),
    );
    fc.assert(
      fc.property(trouble, fc.boolean(), fc.integer({ min: 0, max: 100 }), (fail, isPast, percent) => {
        const { source, users } = setUp();
        source.expose(percent);
        if (isPast) source.passPointOfNoReturn();
        fail(source);
        expect(users.find(1)).toBe(isPast ? 'candidate' : 'control');
      }),
    );
    const { source } = setUp();
    source.passPointOfNoReturn();
    expect(() => source.kill()).toThrow(expect.objectContaining({ code: 'POINT_OF_NO_RETURN' }));
  });

  it('has a kill file that may be there from the start, and goes away', () => {
    const source = testSource({ plan });
    source.setKillFile(true);
    const cutover = createCutover(plan, { source });
    source.expose(100);
    expect(cutover.which('user').why).toBe('local kill');
    source.setKillFile(false);
    expect(cutover.which('user').side).toBe('candidate');
    return cutover.close();
  });

  it('has an environment of its own, read at start-up', () => {
    const source = testSource({ plan, env: { USE_SWAP: 'true' }, clock: manualClock() });
    source.override('SWAP_USER', 'false');
    const cutover = createCutover(plan, { source });
    source.change({ byEnvironment: true });
    expect(['user', 'bike'].map((name) => cutover.which(name))).toMatchObject([
      { side: 'control', why: 'environment' },
      { side: 'candidate', why: 'environment' },
    ]);
    expect(() => source.override('SWAP_USER', 'true')).toThrow('overrides are read at start-up');
  });

  it('keeps what was recorded, and what was asked for', async () => {
    const { source, clock, cutover, users } = setUp();
    users.find(1);
    clock.advance(500);
    expect(source.collect()).toMatchObject({
      spanMs: 500,
      operations: [{ operation: 'find', side: 'control' }],
    });
    expect(await cutover.updateFeatureFlag('use_swap', 25, 'ana', 'try')).toMatchObject({ exposure: 2_500 });
    expect(await cutover.updateFeatureFlag('swap_user', true, 'ana', 'try')).toMatchObject({
      exposure: 10_000,
    });
    users.find(1);
    await expect(cutover.updateFeatureFlag('use_swap', 101, 'ana', 'x')).rejects.toMatchObject({
      code: 'FLAG_VALUE_INVALID',
    });
    expect(await cutover.updateFeatureFlag('USE_SWAP', false, 'ana', 'errors')).toMatchObject({
      killed: 'drain',
    });
    await cutover.close();
    expect(source.batches).toHaveLength(2);
    expect(source.batches[1]?.operations).toMatchObject([{ side: 'candidate', calls: 1 }]);
    expect(source.changes.map(({ value }) => value)).toEqual([25, true, 101, false]);
    expect(source.status().serving['user']).toEqual({ side: 'control', why: 'killed' });
  });

  it('says what it cannot do', async () => {
    const bare = testSource({ clock: manualClock() });
    expect(() => bare.collect()).toThrow('not connected yet');
    const cutover = createCutover(plan, { source: bare });
    bare.expose(100, { repository: 'user' });
    expect(cutover.which('user').side).toBe('candidate');
    await expect(cutover.updateFeatureFlag('USE_SWAP', true, 'ana', 'x')).rejects.toThrow(
      'it was given no plan',
    );
    expect(() => createCutover(plan, { source: bare })).toThrow('connected already');
    expect(() => setUp().source.expose(1, { repository: 'usr' })).toThrow('no repository "usr"');
    expect(() => setUp().source.expose(0.001)).toThrow('outside 0..100 percent with two decimals');
  });
});
