import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CutoverError } from '../kernel/index.ts';
import { createCutover, type RepositoryOptions } from '../repository/index.ts';
import { manualClock, testSource } from '../testing/index.ts';
import { fallback, guard as guardBy, shadow, type GuardOptions } from './index.ts';

const plan = { id: 'swap', repositories: { user: {}, bike: {} } };

type Find = (id: { n: number }) => Promise<string>;
type Repository = { find: Find; save: Find };

function setUp({
  candidate = async () => 'candidate',
  control = async () => 'control',
  options = {},
  guard,
}: {
  candidate?: Find;
  control?: Find;
  options?: Partial<RepositoryOptions<Repository>>;
  guard?: GuardOptions;
}) {
  const clock = manualClock();
  const source = testSource({ plan, clock });
  const cutover = createCutover(plan, { source, ...(guard === undefined ? {} : { guard: guardBy(guard) }) });
  const users = cutover.repository('user', {
    control: { find: control, save: control },
    candidate: { find: candidate, save: candidate },
    reads: ['find'],
    ...options,
  });
  source.expose(100);
  return { clock, source, cutover, users };
}

const broken = async (): Promise<never> => {
  throw new Error('broken');
};

async function answers(users: Repository, times: number): Promise<readonly string[]> {
  const said: string[] = [];
  for (let n = 0; n < times; n += 1)
    said.push(await users.find({ n }).catch((error: unknown) => String(error)));
  return said;
}

describe('the guard of an instance', () => {
  it('takes a repository to control with the call that is too many, without anybody, and says so', async () => {
    const { source, cutover, users } = setUp({ candidate: broken, guard: { of: 6, failures: 3 } });
    expect(await answers(users, 5)).toEqual([...Array(3).fill('Error: broken'), 'control', 'control']);
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'guard' });
    expect(cutover.which('bike').side).toBe('candidate');
    expect(source.status().notes).toEqual([
      "guard of user tripped: 3 of the candidate's last 6 calls failed",
    ]);
    expect(source.collect().counters).toEqual({ guard: 1 });
  });

  it('stays there whatever is raised, and is armed again when the repository was taken back', async () => {
    const { source, cutover, users } = setUp({ candidate: broken, guard: {} });
    await answers(users, 10);
    source.expose(50);
    source.expose(100);
    expect(cutover.which('user').why).toBe('guard');
    source.kill('drain', { repository: 'user' });
    source.resume({ repository: 'user' });
    expect(cutover.which('user').side).toBe('candidate');
    expect(await answers(users, 11)).toEqual([...Array(10).fill('Error: broken'), 'control']);
  });

  it('does not count what is nobody’s fault, nor control’s failures, nor anything without a guard', async () => {
    const ignored = setUp({ candidate: broken, guard: {}, options: { ignoreErrors: () => true } });
    await answers(ignored.users, 50);
    expect(ignored.cutover.which('user').side).toBe('candidate');
    const control = setUp({ control: broken, guard: {} });
    control.source.expose(0);
    await answers(control.users, 50);
    control.source.expose(100);
    expect(control.cutover.which('user').side).toBe('candidate');
    const none = setUp({ candidate: broken });
    await answers(none.users, 50);
    expect(none.cutover.which('user').side).toBe('candidate');
  });

  it('counts results that are errors, and lets a pin finish where it began', async () => {
    const { cutover, users } = setUp({ guard: {}, options: { isError: () => true } });
    await cutover.pin({ key: 'a' }, async () => {
      expect(await answers(users, 12)).toEqual(Array(12).fill('candidate'));
    });
    expect(await answers(users, 1)).toEqual(['control']);
  });

  it('trips exactly when so many of the last ones failed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(7),
        fc.array(fc.boolean(), { maxLength: 60 }),
        (of, more, calls) => {
          const failures = Math.min(of, more + 1);
          const source = testSource({ plan, clock: manualClock() });
          const tripped: number[] = [];
          let at = 0;
          const guard = guardBy({ of, failures })('user', source, () => tripped.push(at));
          const trips = calls.findIndex(
            (_, at) => calls.slice(Math.max(0, at + 1 - of), at + 1).filter(Boolean).length >= failures,
          );
          for (; at < calls.length; at += 1) guard.ended(calls[at] ?? false);
          expect(tripped).toEqual(trips < 0 ? [] : [trips]);
        },
      ),
    );
  });

  it('is refused when its numbers cannot be', () => {
    for (const guard of [
      { of: 0 },
      { failures: 0 },
      { of: 5, failures: 6 },
      { of: 2.5, failures: 1 },
      { of: 1e6 },
      { strikes: 1.5 },
      { strikes: 11 },
      { strikeMs: 0 },
      { strikeMs: 86_400_001 },
    ])
      expect(() => setUp({ guard })).toThrow(
        expect.objectContaining({ code: 'GUARD_INVALID' }) as CutoverError,
      );
  });
});

describe('strikes of earlier processes', () => {
  const NOW = 1_000_000_000;

  /** An instance that begins with these strikes against `user`, found so long ago. */
  function begun(
    agesMs: readonly number[],
    { guard = {}, state = {} }: { guard?: GuardOptions; state?: object },
  ) {
    const clock = manualClock(NOW);
    const calls = { began: 0, ended: 0, cleared: 0 };
    const strikes = {
      at: agesMs.map((age) => NOW - age),
      began: () => (calls.began += 1),
      ended: () => (calls.ended += 1),
      clear: () => (calls.cleared += 1),
    };
    const none = { at: [], began() {}, ended() {}, clear() {} };
    const source = Object.assign(testSource({ plan, clock, staleAfterMs: 1e9 }), {
      strikes: (repository: string) => (repository === 'user' ? strikes : none),
    });
    source.expose(100);
    source.change(state);
    const cutover = createCutover(plan, {
      source,
      guard: guardBy(guard),
      shadow: shadow({ twice: 0, recheckMs: 1 }),
    });
    const side = (): Repository => ({ find: broken, save: broken });
    const reads = ['find'] as const;
    const users = cutover.repository('user', { control: side(), candidate: side(), reads });
    cutover.repository('bike', { control: side(), candidate: side(), reads });
    return { clock, source, cutover, users, calls };
  }

  it('trip it from the start, for the repository that they are against, and are said', () => {
    const { source, cutover } = begun([10, 20], {});
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'guard' });
    expect(cutover.which('bike').side).toBe('candidate');
    expect(source.status().notes).toEqual([
      'guard of user tripped: 2 times this process ended while the candidate was in use',
    ]);
    expect(source.collect().counters).toEqual({ guard: 1 });
  });

  it('trip exactly when so many are not too old', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { maxLength: 5 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 10_000 }),
        (ages, strikes, strikeMs) => {
          const { cutover } = begun(ages, { guard: { strikes, strikeMs } });
          const isStruck = strikes > 0 && ages.filter((age) => age < strikeMs).length >= strikes;
          expect(cutover.which('user').side).toBe(isStruck ? 'control' : 'candidate');
        },
      ),
    );
  });

  it('are kept while the candidate may run, and forgotten when the repository was taken back', () => {
    const { source, cutover, calls } = begun([10, 20], {});
    source.expose(50);
    expect([calls.cleared, cutover.which('user').why]).toEqual([0, 'guard']);
    source.kill('drain', { repository: 'user' });
    expect(calls.cleared).toBe(1);
    source.resume({ repository: 'user' });
    source.expose(100);
    expect(cutover.which('user').side).toBe('candidate');
  });

  it('are forgotten of what was taken back while nobody ran', () => {
    const unset = { exposure: 0, of: 'traffic', instances: [], killed: 'drain' } as const;
    const { cutover, source } = begun([10, 20], { state: { repositories: { user: unset } } });
    source.resume({ repository: 'user' });
    source.expose(100, { repository: 'user' });
    expect(cutover.which('user').side).toBe('candidate');
  });

  it('end the shadow of a candidate that nobody is exposed to, whose calls are told as well', async () => {
    const state = { global: { exposure: 0, of: 'traffic', instances: [], killed: false } as const };
    const rates = { shadow: { all: 10_000, repositories: {} } };
    const fine = begun([10], { state: { ...state, ...rates } });
    await answers(fine.users, 1);
    for (let n = 0; n < 20; n += 1) {
      fine.clock.advance(1);
      await new Promise(setImmediate);
    }
    expect(fine.calls).toEqual({ began: 1, ended: 1, cleared: 0 });
    const struck = begun([10, 20], { state: { ...state, ...rates } });
    await answers(struck.users, 1);
    struck.source.change({ global: state.global });
    expect(struck.source.status().notes).toHaveLength(1);
    expect(struck.source.collect().shadow).toBeUndefined();
    expect(struck.calls).toEqual({ began: 0, ended: 0, cleared: 0 });
  });

  it('are told of each call of the candidate that begins and ends, of none of control', async () => {
    const { source, users, calls } = begun([], {});
    await answers(users, 3);
    expect(calls).toMatchObject({ began: 3, ended: 3 });
    source.expose(0);
    await answers(users, 3);
    expect(calls).toMatchObject({ began: 3, ended: 3 });
  });
});

describe('a fallback', () => {
  const on = { fallback: fallback() };

  it('answers a read that the candidate failed, and counts the failure', async () => {
    const { source, users } = setUp({ candidate: broken, options: on });
    expect(await answers(users, 2)).toEqual(['control', 'control']);
    const [operation] = source.collect().operations;
    expect(operation).toMatchObject({ side: 'candidate', calls: 2, errors: 2 });
  });

  it('is opt-in, and never for a write', async () => {
    await expect(setUp({ candidate: broken }).users.find({ n: 1 })).rejects.toThrow('broken');
    await expect(setUp({ candidate: broken, options: on }).users.save({ n: 1 })).rejects.toThrow('broken');
  });

  it('is nothing in a transaction, which control is not in', async () => {
    const { cutover, users } = setUp({ candidate: broken, options: on });
    const call = cutover.transaction({ repositories: ['user'] }, () => users.find({ n: 1 }));
    await expect(call).rejects.toThrow('broken');
  });

  it('leaves the candidate’s error when control fails, is late, or would be asked something else', async () => {
    const failing = setUp({
      candidate: broken,
      control: () => Promise.reject(new Error('too')),
      options: on,
    });
    await expect(failing.users.find({ n: 1 })).rejects.toThrow('broken');
    const late = setUp({ candidate: broken, control: () => new Promise(() => {}), options: on });
    const waiting = expect(late.users.find({ n: 1 })).rejects.toThrow('broken');
    await new Promise(setImmediate);
    late.clock.advance(1_000);
    await waiting;
    const asked: number[] = [];
    const changed = setUp({
      candidate: async (id) => {
        id.n = 99;
        throw new Error('broken');
      },
      control: async ({ n }) => {
        asked.push(n);
        return 'control';
      },
      options: on,
    });
    await expect(changed.users.find({ n: 1 })).rejects.toThrow('broken');
    expect(asked).toEqual([]);
  });

  it('keeps the answer of a candidate that does not fail', async () => {
    expect(await setUp({ options: on }).users.find({ n: 1 })).toBe('candidate');
  });
});
