import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CutoverError, seededRandom, systemClock } from '../kernel/index.ts';
import { UNSET_FLAG, type FlagState, type RoutingState } from '../route/index.ts';
import { createCutover, type Agent, type Cutover, type FlagChange, type Source } from './index.ts';

/** A source in memory: the test is the store. */
class TestSource implements Source {
  readonly instance = 'i1';
  readonly environment = 'production';
  readonly env: Record<string, string>;
  readonly clock = { ...systemClock, monotonic: () => this.now };
  readonly random = seededRandom(5);
  readonly scope = new AsyncLocalStorage<unknown>();
  readonly changes: FlagChange[] = [];
  now = 0;
  epoch = 0;
  agent: Agent | undefined;

  constructor(env: Record<string, string> = {}) {
    this.env = env;
  }

  connect(agent: Agent): void {
    this.agent = agent;
  }

  set(user: Partial<FlagState>, more: Partial<RoutingState> = {}): void {
    this.epoch += 1;
    const state: RoutingState = {
      v: 1,
      migration: 'swap',
      environment: 'production',
      epoch: this.epoch,
      salt: 'swap',
      failSide: 'control',
      byEnvironment: false,
      global: UNSET_FLAG,
      repositories: { user: { ...UNSET_FLAG, ...user }, bike: { ...UNSET_FLAG, ...user } },
      allow: [],
      deny: [],
      staleAfterMs: 1_000,
      ...more,
    };
    this.agent?.apply(state, this.now + 1_000);
  }

  setFlag(change: FlagChange): Promise<FlagState> {
    this.changes.push(change);
    return Promise.resolve(UNSET_FLAG);
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const plan = {
  id: 'swap',
  flag: { name: 'USE_SWAP', env: 'USE_SWAP' },
  repositories: { user: { env: 'SWAP_USER' }, bike: {} },
};

class Users {
  readonly #side: string;
  seen = 0;

  constructor(side: string) {
    this.#side = side;
  }

  get side(): string {
    return this.#side;
  }

  find(id: number): Promise<string> {
    return Promise.resolve(`${this.#side} ${id}`);
  }

  sync(): string {
    this.seen += 1;
    return this.#side;
  }

  fail(error: unknown): Promise<never> {
    return Promise.reject(error);
  }

  result(ok: boolean): { ok: boolean; error?: Error } {
    return ok ? { ok } : { ok, error: new Error(`${this.#side} says no`) };
  }

  async *stream(): AsyncGenerator<string> {
    yield this.#side;
    yield 'end';
  }

  lazy(): PromiseLike<string> {
    return lazyQuery(this.#side);
  }
}

/** Like an ORM's builder: every `then` runs the query. */
let queries = 0;
function lazyQuery(answer: string): PromiseLike<string> & { limit(n: number): PromiseLike<string> } {
  const query = {
    // oxlint-disable-next-line unicorn/no-thenable -- a lazy thenable is what is tested
    then: ((onResolved, onRejected) => {
      queries += 1;
      return Promise.resolve(answer).then(onResolved, onRejected);
    }) as PromiseLike<string>['then'],
    limit: (n: number) => lazyQuery(`${answer} ${n}`),
  };
  return query;
}

function setUp(env: Record<string, string> = {}): {
  source: TestSource;
  cutover: Cutover;
  control: Users;
  candidate: Users;
  users: Users;
} {
  const source = new TestSource(env);
  const cutover = createCutover(plan, { source });
  const [control, candidate] = [new Users('control'), new Users('candidate')];
  const users = cutover.repository('user', {
    control,
    candidate,
    reads: ['find'],
    isError: (result) => Object(result).ok === false,
    ignoreErrors: (error) => Object(error).ignored === true,
  });
  return { source, cutover, control, candidate, users };
}

const full = { exposure: 10_000 };

describe('a routed repository', () => {
  it('is control until it knows better, then what the state says, then control again when that is stale', async () => {
    const { source, users } = setUp();
    expect(await users.find(1)).toBe('control 1');
    source.set(full);
    expect(await users.find(2)).toBe('candidate 2');
    source.now += 1_001;
    expect(await users.find(3)).toBe('control 3');
    source.agent?.renewed(source.now + 1_000);
    expect(await users.find(4)).toBe('candidate 4');
    source.agent?.localKill(true);
    expect(await users.find(5)).toBe('control 5');
  });

  it('ignores an older state that comes late', async () => {
    const { source, users } = setUp();
    source.set(full);
    source.epoch = 0;
    source.set({ exposure: 0 });
    expect(users.sync()).toBe('candidate');
  });

  it('keeps what methods are: this, getters, fields, sync, async, streams, the class', async () => {
    const { source, control, candidate, users } = setUp();
    expect(users.side).toBe('control');
    source.set(full);
    expect(users.side).toBe('candidate');
    expect(users.sync()).toBe('candidate');
    expect([control.seen, candidate.seen, users.seen]).toEqual([0, 1, 1]);
    users.seen = 7;
    expect(candidate.seen).toBe(7);
    expect(users).toBeInstanceOf(Users);
    const streamed: string[] = [];
    for await (const part of users.stream()) streamed.push(part);
    expect(streamed).toEqual(['candidate', 'end']);
    const { find } = users;
    expect(await find(9)).toBe('candidate 9');
  });

  it('runs a lazy query as often as the caller does, and lets a builder go on', async () => {
    const { source, users } = setUp();
    source.set(full);
    queries = 0;
    const lazy = users.lazy();
    expect(queries).toBe(0);
    expect(await lazy).toBe('candidate');
    expect(queries).toBe(1);
    expect(await (users.lazy() as ReturnType<typeof lazyQuery>).limit(3)).toBe('candidate 3');
    expect(source.agent?.drain().operations).toMatchObject([
      { operation: 'lazy', side: 'candidate', calls: 1 },
    ]);
  });

  it('hands on what is thrown, rejected and returned, and counts it', async () => {
    const { source, users } = setUp();
    source.set(full);
    const error = Object.assign(new Error('boom 7'), { code: '23505' });
    await expect(users.fail(error)).rejects.toBe(error);
    await expect(users.fail({ ignored: true })).rejects.toEqual({ ignored: true });
    expect(users.result(false).ok).toBe(false);
    expect(users.result(true).ok).toBe(true);
    const { operations } = source.agent?.drain() ?? { operations: [] };
    expect(
      operations.map(({ operation, calls, errors, ignored }) => [operation, calls, errors, ignored]),
    ).toEqual([
      ['fail', 2, 1, 1],
      ['result', 2, 1, 0],
    ]);
    expect(operations[0]?.fingerprints).toMatchObject([{ class: 'Error', code: '23505', message: 'boom ?' }]);
    expect(operations[1]?.fingerprints).toMatchObject([{ message: 'candidate says no' }]);
  });

  it('leaves an unhandled rejection unhandled, and a handled one handled', async () => {
    const { users } = setUp();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const lost = new Error('lost');
    void users.fail(lost);
    await users.fail(new Error('caught')).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([lost]);
  });

  it('is not disturbed by the application’s own predicates', async () => {
    const source = new TestSource();
    const broken = (): boolean => {
      throw new Error('in a predicate');
    };
    const users = createCutover(plan, { source, connections: broken as unknown as () => number }).repository(
      'user',
      {
        control: new Users('control'),
        candidate: new Users('candidate'),
        reads: [],
        isError: broken,
        ignoreErrors: broken,
      },
    );
    expect(users.sync()).toBe('control');
    await expect(users.fail('x')).rejects.toBe('x');
    expect(source.agent?.drain().gauges).toEqual({});
  });

  it('has one code path for a write: it runs exactly once, whatever happens to the flag', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('write', 'expose', 'unexpose', 'kill', 'stale'), { maxLength: 50 }),
        (moves) => {
          const { source, control, candidate, users } = setUp();
          let writes = 0;
          for (const move of moves) {
            if (move === 'write') {
              users.sync();
              writes += 1;
            } else if (move === 'stale') source.now += 1_001;
            else
              source.set(
                move === 'expose'
                  ? full
                  : move === 'kill'
                    ? { exposure: 0, killed: 'drain' }
                    : { exposure: 0 },
              );
          }
          expect(control.seen + candidate.seen).toBe(writes);
        },
      ),
    );
  });

  it('refuses at once what cannot work', () => {
    const { cutover } = setUp();
    const parts = { control: new Users('control'), candidate: new Users('candidate'), reads: [] as const };
    const code = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        return error instanceof CutoverError
          ? `${error.code}: ${error.message} ${error.hint}`
          : String(error);
      }
      return 'nothing was thrown';
    };
    expect(code(() => cutover.repository('user', parts))).toContain('REPOSITORY_TAKEN');
    expect(code(() => cutover.repository('bikes', parts))).toContain('did you mean "bike"?');
    expect(code(() => cutover.repository('bike', { ...parts, candidate: {} as Users }))).toContain(
      'UNKNOWN_METHOD: candidate of repository "bike" lacks find()',
    );
    expect(code(() => cutover.repository('bike', { ...parts, reads: ['fnd' as 'find'] }))).toContain(
      'did you mean find()?',
    );
    expect(code(() => setUp({ USE_SWAP: 'maybe' }))).toContain(
      'ENVIRONMENT_VARIABLE_INVALID: USE_SWAP="maybe"',
    );
  });

  it('obeys false from the environment, and only reports true unless the step asks for it', () => {
    const off = setUp({ SWAP_USER: 'false' });
    off.source.set(full);
    expect(off.users.sync()).toBe('control');
    const on = setUp({ USE_SWAP: 'true' });
    on.source.set({ exposure: 0 });
    expect(on.users.sync()).toBe('control');
    expect(on.source.agent?.status().notes).toEqual([
      'USE_SWAP=true is ignored: no step turns instances on by their environment',
    ]);
    on.source.set({ exposure: 'unset' }, { byEnvironment: true });
    expect(on.users.sync()).toBe('candidate');
    expect(on.source.agent?.status().serving['user']).toEqual({ side: 'candidate', why: 'environment' });
  });

  it('says why', () => {
    const { source, cutover } = setUp();
    expect(cutover.which('user')).toMatchObject({ side: 'control', why: 'stale', epoch: 0 });
    source.set({ exposure: 10_000, of: 'users' });
    expect(cutover.which('user', { key: 'ana' })).toMatchObject({
      side: 'candidate',
      why: 'repository exposure',
      epoch: 1,
      reads: ['find'],
    });
    expect(cutover.which('user', { key: 'ana' }).bucket).toBeGreaterThanOrEqual(0);
    expect(() => cutover.which('usr')).toThrow('no repository "usr"');
  });

  it('takes flag changes under the names that plans use, also taken off the object', async () => {
    const { source, cutover } = setUp();
    const { updateFeatureFlag, clearFeatureFlagCache } = cutover;
    await updateFeatureFlag('use_swap', false, 'ana', 'errors');
    await clearFeatureFlagCache();
    expect(source.changes).toEqual([{ flag: 'use_swap', value: false, actor: 'ana', reason: 'errors' }]);
    await expect(updateFeatureFlag('swap_usr', true, 'ana', 'x')).rejects.toMatchObject({
      code: 'UNKNOWN_FLAG',
      hint: 'did you mean "swap_user"?',
    });
  });
});

describe('a pin', () => {
  it('keeps its decision through a flip, for every repository, also one that it did not ask before', async () => {
    const { source, cutover, users } = setUp();
    const bikes = cutover.repository('bike', {
      control: new Users('control'),
      candidate: new Users('candidate'),
      reads: [],
    });
    source.set(full);
    const seen = await cutover.pin({ key: 'ana' }, async () => {
      const before = users.sync();
      source.set({ exposure: 0, killed: 'drain' });
      await Promise.resolve();
      return [before, users.sync(), bikes.sync(), cutover.pin({ key: 'bea' }, () => users.sync())];
    });
    expect(seen).toEqual(['candidate', 'candidate', 'candidate', 'candidate']);
    expect(users.sync()).toBe('control');
  });

  it('is stale for all of it when its state is, at its start or when it is first asked', () => {
    const { source, cutover, users } = setUp();
    source.set(full);
    const late = cutover.pin({ key: 'ana' }, () => {
      const early = cutover.pin({ key: 'ana' }, () => users.sync());
      source.now += 1_001;
      return [early, users.sync()];
    });
    expect(late, 'decided while it was fresh').toEqual(['candidate', 'candidate']);
    source.agent?.renewed(source.now + 1_000);
    const asleep = cutover.pin({ key: 'ana' }, () => {
      source.now += 1_001;
      const first = users.sync();
      // Too late for this scope: who was served by control goes on there.
      source.agent?.renewed(source.now + 1_000);
      return [first, users.sync()];
    });
    expect(asleep).toEqual(['control', 'control']);
    source.now += 1_001;
    const renewed = cutover.pin({ key: 'ana' }, () => {
      source.agent?.renewed(source.now + 1_000);
      return users.sync();
    });
    expect(renewed, 'it began with what nobody could trust').toBe('control');
    expect(users.sync()).toBe('candidate');
  });

  it('holds back the acknowledgement until it ends, however it ends', async () => {
    const { source, cutover } = setUp();
    source.set(full);
    const acknowledged: number[] = [];
    source.agent?.onAcknowledge(() => acknowledged.push(source.agent?.status().acknowledged ?? 0));
    const gate = Promise.withResolvers<void>();
    const scope = cutover.pin({}, () => gate.promise);
    source.set({ exposure: 0, killed: 'drain' });
    expect(source.agent?.status()).toMatchObject({ applied: 2, acknowledged: 1, pins: 1 });
    gate.reject(new Error('request failed'));
    await expect(scope).rejects.toThrow('request failed');
    expect(source.agent?.status()).toMatchObject({ applied: 2, acknowledged: 2, pins: 0 });
    expect(acknowledged).toEqual([2]);
    expect(() =>
      cutover.pin({}, () => {
        throw new Error('sync');
      }),
    ).toThrow('sync');
    expect(source.agent?.status().pins).toBe(0);
  });

  it('is over when its function is: what was started in it decides for itself from then on', async () => {
    const { source, cutover, users } = setUp();
    source.set(full);
    let later: () => unknown = () => undefined;
    await cutover.pin({}, async () => {
      const release = Promise.withResolvers<void>();
      const escaped = release.promise.then(() => users.sync());
      later = () => {
        release.resolve();
        return escaped;
      };
      expect(users.sync()).toBe('candidate');
    });
    source.set({}, { global: { ...UNSET_FLAG, exposure: 0, killed: 'drain' } });
    expect(await later()).toBe('control');
  });

  it('hands back what is no promise as it is, also when it has a member called then', () => {
    const { cutover } = setUp();
    // oxlint-disable-next-line unicorn/no-thenable -- a column may be called so
    const plain = { then: 5 };
    expect(cutover.pin({}, () => plain)).toBe(plain);
  });

  it('is overruled by a hard kill, which does not wait for it', async () => {
    const { source, cutover, users } = setUp();
    source.set(full);
    await cutover.pin({}, async () => {
      expect(users.sync()).toBe('candidate');
      source.set({}, { global: { ...UNSET_FLAG, exposure: 0, killed: 'hard' } });
      await Promise.resolve();
      expect(users.sync()).toBe('control');
      expect(source.agent?.status().acknowledged).toBe(2);
    });
  });

  it('of a share of traffic is one throw of the dice, and of users without a key is counted', async () => {
    const { source, cutover, users } = setUp();
    source.set({ exposure: 5_000 });
    for (let scope = 0; scope < 50; scope += 1) {
      const sides = await cutover.pin({}, async () => [
        users.sync(),
        users.sync(),
        await Promise.resolve(users.sync()),
      ]);
      expect(new Set(sides).size).toBe(1);
    }
    source.set({ exposure: 5_000, of: 'users' });
    cutover.pin({}, () => users.sync());
    users.sync();
    expect(source.agent?.drain().keyMissing).toBe(2);
  });

  it('is reported, also by one that only goes on: calls of it are no draws of their own', async () => {
    const { source, cutover, users } = setUp();
    source.set({ exposure: 5_000 });
    const drained = (): number | undefined => source.agent?.drain().pinned;
    users.sync();
    expect(drained()).toBe(0);
    cutover.pin({ key: 'u' }, () => cutover.pin({}, () => users.sync()));
    let end = (): void => {};
    const long = cutover.pin({}, () => new Promise<void>((resolve) => (end = resolve)));
    expect(drained()).toBe(2);
    expect(drained()).toBe(1);
    end();
    await long;
    expect(drained()).toBe(1);
    expect(drained()).toBe(0);
  });

  it('never lets a request see both sides while the exposure flips under many of them', async () => {
    const { source, cutover, users } = setUp();
    const bikes = cutover.repository('bike', {
      control: new Users('control'),
      candidate: new Users('candidate'),
      reads: [],
    });
    source.set({ exposure: 5_000 });
    let mixed = 0;
    const request = async (id: number): Promise<void> => {
      const sides = new Set<string>();
      for (let step = 0; step < 10; step += 1) {
        sides.add(step % 2 === 0 ? users.sync() : bikes.sync());
        await Promise.resolve();
        if ((id + step) % 7 === 0) source.set({ exposure: (id * 37 + step * 911) % 10_001 });
      }
      if (sides.size > 1) mixed += 1;
    };
    const requests = Array.from({ length: 2_000 }, (_, id) =>
      cutover.pin({ key: `user-${id}` }, () => request(id)),
    );
    await Promise.all(requests);
    expect(mixed).toBe(0);
    expect(source.agent?.status()).toMatchObject({ pins: 0, acknowledged: source.epoch });
  });
});

describe('a transaction over several repositories', () => {
  const sides = { control: { side: () => 'control' }, candidate: { side: () => 'candidate' } };
  const both = (source: TestSource): { cutover: Cutover; seen: () => readonly string[] } => {
    const cutover = createCutover(plan, { source });
    const users = cutover.repository('user', { ...sides, reads: ['side'] });
    const bikes = cutover.repository('bike', { ...sides, reads: ['side'] });
    return { cutover, seen: () => [users.side(), bikes.side()] };
  };

  it('stays on the side that they agree on, else on the fail side, through any flip', () => {
    const exposure = fc.constantFrom(0, 5_000, 10_000);
    fc.assert(
      fc.property(
        exposure,
        exposure,
        fc.constantFrom('control', 'candidate'),
        fc.string(),
        fc.boolean(),
        (user, bike, failSide, key, isPinned) => {
          const source = new TestSource();
          const { cutover, seen } = both(source);
          const of = (at: number): Partial<FlagState> => ({ exposure: at, of: 'users' });
          source.set(
            {},
            {
              failSide,
              repositories: {
                user: { ...UNSET_FLAG, ...of(user) },
                bike: { ...UNSET_FLAG, ...of(bike) },
              },
            },
          );
          const alone = cutover.pin({ key }, seen);
          const agreed = alone[0] === alone[1] ? alone[0] : failSide;
          const run = (): void =>
            cutover.transaction({ key, repositories: ['user', 'bike'] }, (side) => {
              expect(side).toBe(agreed);
              source.set({ exposure: 10_000 - user, of: 'users' });
              expect(seen()).toEqual([agreed, agreed]);
              // A part of it, asked for again: the same side.
              cutover.transaction({ repositories: ['bike'] }, (inner) => expect(inner).toBe(agreed));
            });
          if (!isPinned) return run();
          cutover.pin({ key }, () => {
            run();
            expect(seen()).toEqual(alone);
          });
        },
      ),
    );
  });

  it('leaves the other repositories as they are pinned, and ends', async () => {
    const source = new TestSource();
    const { cutover, seen } = both(source);
    source.set(
      { exposure: 10_000, of: 'traffic' },
      { repositories: { user: { ...UNSET_FLAG, exposure: 10_000 } } },
    );
    await cutover.transaction({ repositories: ['user'] }, async () => {
      source.set({ exposure: 0 });
      await Promise.resolve();
      expect(seen()).toEqual(['candidate', 'control']);
      expect(source.agent?.status()).toMatchObject({ acknowledged: 1 });
    });
    expect(source.agent?.status()).toMatchObject({ acknowledged: 2, pins: 0 });
    expect(() => cutover.transaction({ repositories: ['usr'] }, seen)).toThrow('no repository "usr"');
  });
});
