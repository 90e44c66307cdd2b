import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CutoverError } from '../kernel/index.ts';
import type { ShadowBatch, ShadowState } from '../measure/index.ts';
import { createCutover, type RepositoryOptions } from '../repository/index.ts';
import { shadowReason } from '../report/index.ts';
import { manualClock, testSource, type TestSourceOptions } from '../testing/index.ts';
import { samples, shadow, type ShadowOptions } from './index.ts';

const plan = {
  id: 'swap',
  flag: { name: 'USE_SWAP', env: 'USE_SWAP' },
  repositories: { user: {}, audit: {} },
};

type Argument = { id: number; tags?: string[] };
type Row = { id: number; name: string | null };
type Behave = (argument: Argument, call: number) => unknown;

/** One side: what a read does is said by the test, and every call of it is kept. */
class Users {
  readonly asked: Argument[] = [];
  readonly written: number[] = [];
  readonly #behave: Behave;

  constructor(behave: Behave) {
    this.#behave = behave;
  }

  get(argument: Argument): Promise<Row> {
    this.asked.push(argument);
    return this.#behave(argument, this.asked.length) as Promise<Row>;
  }

  async save(id: number): Promise<void> {
    this.written.push(id);
  }
}

type Options = Partial<RepositoryOptions<Users, 'get'>['shadow']>;

function setUp({
  control = (argument) => row(argument.id),
  candidate = (argument) => row(argument.id),
  options = {},
  shadowOptions = {},
  source: sourceOptions = {},
}: {
  control?: Behave;
  candidate?: Behave;
  options?: Options;
  shadowOptions?: ShadowOptions;
  source?: TestSourceOptions;
} = {}) {
  const clock = manualClock(Date.parse('2026-06-01'));
  const source = testSource({ plan, clock, staleAfterMs: 1e9, ...sourceOptions });
  const cutover = createCutover(plan, {
    source,
    shadow: shadow({ twice: 0, samples: samples(), ...shadowOptions }),
  });
  const sides = {
    control: new Users(async (argument, call) => control(argument, call)),
    candidate: new Users((argument, call) => candidate(argument, call)),
  };
  const users = cutover.repository('user', { ...sides, reads: ['get'], shadow: options });
  source.change({ shadow: { all: 10_000, repositories: {} } });
  return { clock, source, cutover, users, ...sides, pass: (ms: number) => pass(clock, ms) };
}

function row(id: number, name: string | null = 'Ana'): Row {
  return { id, name };
}

/** Lets time pass in small steps, and everything that follows from it happen. */
async function pass(clock: ReturnType<typeof manualClock>, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 5) {
    clock.advance(5);
    // oxlint-disable-next-line no-await-in-loop -- time passes in order
    await new Promise(setImmediate);
  }
}

function states(batch: ShadowBatch | undefined): Partial<Record<ShadowState, number>> & { sampled?: number } {
  return batch === undefined ? {} : { sampled: batch.sampled, ...batch.states };
}

/** Why calls were dropped or not compared, as people read it. */
function whyOf(batch: ShadowBatch | undefined): Readonly<Record<string, number>> {
  const entries = Object.entries(batch?.reasons ?? {});
  return Object.fromEntries(entries.map(([word, count]) => [shadowReason(word), count]));
}

/** A promise that nobody keeps. */
const never = (): Promise<never> => new Promise(() => {});
const fail = (error: unknown) => (): Promise<never> => Promise.reject(error as Error);

describe('the caller of a shadowed read', () => {
  const faults: readonly (readonly [what: string, candidate: Behave, state: ShadowState])[] = [
    ['answers alike', ({ id }) => Promise.resolve(row(id)), 'match'],
    ['never resolves', never, 'timedOut'],
    ['rejects', fail(new Error('no such column')), 'failed'],
    [
      'throws at once',
      () => {
        throw new Error('no');
      },
      'failed',
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
      'failed',
    ],
    ['answers otherwise', ({ id }) => Promise.resolve(row(id, 'Bob')), 'mismatch'],
    ['answers without a promise', ({ id }) => row(id, 'Bob'), 'mismatch'],
    ['gives a stream', () => new ReadableStream(), 'mismatch'],
    [
      'gives a query that runs when it is awaited',
      // oxlint-disable-next-line unicorn/no-thenable -- a lazy thenable is what is tested
      ({ id }) => ({ then: (done: (value: unknown) => void) => done(row(id)) }),
      'match',
    ],
    [
      'gives a proxy that throws',
      () =>
        Promise.resolve(
          new Proxy(
            {},
            {
              ownKeys: () => {
                throw new Error('trap');
              },
            },
          ),
        ),
      'mismatch',
    ],
    [
      'gives what is too large',
      () => Promise.resolve(Array.from({ length: 20_000 }, () => row(1))),
      'uncompared',
    ],
    [
      'changes its argument',
      (argument) => {
        argument.tags?.push('changed');
        argument.id = 99;
        return Promise.resolve(row(1));
      },
      'match',
    ],
    [
      'changes its argument and its answer later',
      async (argument) => {
        argument.id = 99;
        return row(1);
      },
      'match',
    ],
  ];

  it.each(faults)(
    'gets control’s answer at control’s time when the candidate %s',
    async (_, candidate, state) => {
      const argument = { id: 1, tags: ['a'] };
      const set = setUp({ candidate, control: (given) => clockRow(given) });
      async function clockRow({ id }: Argument): Promise<Row> {
        await set.clock.sleep(5);
        return row(id);
      }
      let answered = -1;
      const call = set.users.get(argument).then((value) => {
        answered = set.clock.monotonic();
        return value;
      });
      await set.pass(2_000);
      expect(await call).toEqual(row(1));
      expect(answered).toBe(5);
      expect(argument).toEqual({ id: 1, tags: ['a'] });
      expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: 1, [state]: 1 });
    },
  );

  it.each(faults)('gets the candidate’s answer when control, in the shadow, %s', async (_, control) => {
    const set = setUp({ candidate: ({ id }) => Promise.resolve(row(id, 'served')), control });
    set.source.expose(100);
    const call = set.users.get({ id: 1, tags: [] });
    await set.pass(2_000);
    expect(await call).toEqual(row(1, 'served'));
    expect(set.source.collect().shadow?.[0]?.sampled).toBe(1);
  });

  it('keeps control’s own error, as it was', async () => {
    const error = new RangeError('not there');
    const set = setUp({ control: fail(error), candidate: ({ id }) => Promise.resolve(row(id)) });
    await expect(set.users.get({ id: 1 })).rejects.toBe(error);
    await set.pass(500);
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, mismatch: 1 });
    expect(batch?.groups[0]).toMatchObject({ kind: 'error-or-value', path: '' });
  });

  it('may change the answer at once: what is compared was copied before', async () => {
    const set = setUp({});
    const answer = await set.users.get({ id: 1 });
    answer.name = 'changed by the caller';
    await set.pass(200);
    expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: 1, match: 1 });
  });

  it('never meets an error of ours: a pool, a compare or a waitUntil that throws', async () => {
    const no = (): never => {
      throw new Error('ours');
    };
    const broken = [
      setUp({ shadowOptions: { pool: no } }),
      setUp({ options: { compare: no } }),
      setUp({ shadowOptions: { waitUntil: no } }),
    ];
    for (const set of broken) {
      expect(await set.users.get({ id: 1 })).toEqual(row(1));
      await set.pass(200);
    }
    const told = broken.map(({ source }) => states(source.collect().shadow?.[0]));
    expect(told[0]).toEqual({ sampled: 1, dropped: 1 });
    expect(told[1]).toEqual({ sampled: 1, uncompared: 1 });
    expect(broken[1]?.source.status().notes).toEqual([
      'user.get is not shadowed: its compare throws or gives no boolean',
    ]);
  });

  it('whatever all of this does: one answer each, at its time, and every drawn call ends in one state', async () => {
    const acts: readonly Behave[] = [
      ...faults.map(([, behave]) => behave),
      (argument) => Promise.resolve({ id: argument.id }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            act: fc.nat(acts.length - 1),
            controlMs: fc.integer({ min: 0, max: 40 }),
            gap: fc.nat(60),
          }),
          { maxLength: 12 },
        ),
        fc.integer({ min: 1, max: 3 }),
        async (calls, inFlight) => {
          const set = setUp({
            shadowOptions: { inFlight, twice: 0.3 },
            control: async ({ id }) => {
              await set.clock.sleep(calls[id]?.controlMs ?? 0);
              return row(id);
            },
            candidate: (argument, call) => acts[calls[argument.id]?.act ?? 0]?.(argument, call),
          });
          for (const [id, { controlMs, gap }] of calls.entries()) {
            const began = set.clock.monotonic();
            const call = set.users
              .get({ id, tags: [] })
              .then((answer) => ({ answer, at: set.clock.monotonic() }));
            await set.pass(controlMs + 5);
            const { answer, at } = await call;
            expect(answer).toEqual(row(id));
            expect(at - began).toBeLessThanOrEqual(controlMs + 5);
            await set.pass(gap);
          }
          await set.pass(3_000);
          const { sampled = 0, ...ended } = states(set.source.collect().shadow?.[0]);
          expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(sampled);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('what is drawn', () => {
  const ask = async (set: ReturnType<typeof setUp>, times: number): Promise<number> => {
    for (let id = 0; id < times; id += 1) {
      await set.users.get({ id });
      await set.pass(10);
    }
    return set.source.collect().shadow?.[0]?.sampled ?? 0;
  };

  it('is the share that the routing state says, of a repository before all, and nothing without one', async () => {
    const set = setUp({ options: { operations: {} } });
    set.source.change({ shadow: { all: 3_000, repositories: {} } });
    const sampled = await ask(set, 300);
    expect(sampled).toBeGreaterThan(60);
    expect(sampled).toBeLessThan(120);
    set.source.change({ shadow: { all: 10_000, repositories: { user: 0 } } });
    expect(await ask(set, 20)).toBe(0);
    const { shadow: _shadow, ...without } = set.source.state;
    set.source.change(without);
    set.source.change({ shadow: { all: 0, repositories: {} } });
    expect(await ask(set, 20)).toBe(0);
  });

  const stops: readonly (readonly [what: string, stop: (set: ReturnType<typeof setUp>) => void])[] = [
    ['a kill of everything', ({ source }) => source.kill()],
    ['a kill of the repository', ({ source }) => source.kill('drain', { repository: 'user' })],
    ['a kill file', ({ source }) => source.setKillFile(true)],
    ['a state that is stale', ({ source }) => source.goStale()],
  ];
  it.each(stops)('ends with %s, for what is on its way too', async (_, stop) => {
    const set = setUp({});
    await set.users.get({ id: 1 });
    stop(set);
    await set.pass(100);
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, dropped: 1 });
    expect(whyOf(batch)).toEqual({ stopped: 1 });
    expect(set.candidate.asked).toEqual([]);
    expect(await ask(set, 5)).toBe(0);
  });

  it('is nothing when this instance’s environment says control', async () => {
    expect(await ask(setUp({ source: { env: { USE_SWAP: 'false' } } }), 5)).toBe(0);
  });

  it('is nothing in a transaction, which the other side is not in', async () => {
    const set = setUp({});
    await set.cutover.transaction({ repositories: ['user'] }, () => set.users.get({ id: 1 }));
    await set.cutover.pin({ key: 'a' }, () => set.users.get({ id: 2 }));
    await set.pass(200);
    expect(set.candidate.asked).toEqual([{ id: 2 }]);
  });

  it('is nothing of a read that is off, or whose arguments belong to the caller', async () => {
    expect(await ask(setUp({ options: { operations: { get: { off: true } } } }), 5)).toBe(0);
    const set = setUp({});
    class Transaction {}
    for (const tags of [new Transaction(), () => 1, [new Transaction()]]) {
      await set.users.get({ id: 1, tags: tags as string[] });
      await set.pass(50);
    }
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 3, dropped: 3 });
    expect(whyOf(batch)).toEqual({
      'an argument cannot be copied: an instance of a class': 2,
      'an argument cannot be copied: a function': 1,
    });
    expect(set.candidate.asked).toEqual([]);
  });

  it('is nothing of a read that answers without a promise, from the first answer on', async () => {
    const source = testSource({ plan, clock: manualClock() });
    const cutover = createCutover(plan, { source, shadow: shadow() });
    source.change({ shadow: { all: 10_000, repositories: {} } });
    const side = (): { size(): number } => ({ size: () => 3 });
    const sizes = cutover.repository('user', { control: side(), candidate: side(), reads: ['size'] });
    expect([sizes.size(), sizes.size(), sizes.size()]).toEqual([3, 3, 3]);
    expect(states(source.collect().shadow?.[0])).toEqual({ sampled: 1, dropped: 1 });
    expect(source.status().notes).toEqual(['user.size is not shadowed: it answers without a promise']);
  });
});

describe('writes', () => {
  it('are not named by any shadow: the types have no place for them, and the runtime refuses', () => {
    const cutover = createCutover(plan, { source: testSource({ plan }), shadow: shadow() });
    const side = new Users(() => null);
    const options = { control: side, candidate: side, reads: ['get'] } as const;
    const named = { save: {} } as object;
    expect(() => cutover.repository('user', { ...options, shadow: { operations: named } })).toThrow(
      'shadow of repository "user" names what reads does not: save()',
    );
  });

  it('run once, whatever is shadowed beside them', async () => {
    const set = setUp({});
    for (const percent of [0, 50, 100]) {
      set.source.expose(percent);
      for (let id = 0; id < 50; id += 1) {
        await set.users.save(percent * 1_000 + id);
        await set.users.get({ id });
      }
      await set.pass(50);
    }
    await set.pass(1_000);
    const written = [...set.control.written, ...set.candidate.written];
    expect(written).toHaveLength(150);
    expect(new Set(written).size).toBe(150);
    expect(set.source.collect().shadow?.map(({ operation }) => operation)).toEqual(['get']);
  });

  it('of a repository are refused to a read that runs in the shadow, which is then off', async () => {
    const set = setUp({
      candidate: async ({ id }) => {
        await audits.note(id);
        return row(id);
      },
    });
    const noted: number[] = [];
    const side = { note: async (id: number): Promise<void> => void noted.push(id) };
    const audits = set.cutover.repository('audit', { control: side, candidate: { ...side }, reads: [] });
    await set.users.get({ id: 1 });
    await set.pass(1_000);
    await set.users.get({ id: 2 });
    await set.pass(1_000);
    expect(noted).toEqual([]);
    expect(set.candidate.asked).toHaveLength(1);
    expect(set.source.status().notes).toEqual([
      'user.get is not shadowed: it writes: audit.note() is a write, called by a read in the shadow',
    ]);
    set.source.expose(100);
    await set.users.get({ id: 3 });
    expect(noted).toEqual([3]);
  });

  it.each([
    ['PostgreSQL', Object.assign(new Error('cannot execute nextval()'), { code: '25006' })],
    ['SQLite', Object.assign(new Error('readonly'), { errcode: 8 | (5 << 8) })],
    [
      'library around one',
      new Error('failed query: Ana', { cause: { code: 'SQLITE_READONLY', message: 'readonly' } }),
    ],
    [
      'Prisma around one',
      Object.assign(new Error('raw query failed'), {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { code: '25006', message: 'cannot execute nextval()' } } },
      }),
    ],
  ])('in a read’s own SQL are found by a read-only %s', async (_, error) => {
    const own = new Users(fail(error));
    const set = setUp({ options: { candidate: own } });
    for (let id = 0; id < 3; id += 1) {
      await set.users.get({ id });
      await set.pass(1_000);
    }
    expect([own.asked.length, set.candidate.asked.length]).toEqual([1, 0]);
    const { notes } = set.source.status();
    expect(notes.join()).toMatch(
      /^user\.get is not shadowed: it writes: (cannot execute nextval\(\)|readonly)$/,
    );
  });

  it('cannot be shadowed between two databases', () => {
    expect(() =>
      createCutover({ ...plan, topology: 'two-store' }, { source: testSource({ plan }), shadow: shadow() }),
    ).toThrow(expect.objectContaining({ code: 'SHADOW_UNAVAILABLE' }) as CutoverError);
  });
});

describe('what shadowing may take', () => {
  it('is so many at once; a hanging one keeps its place', async () => {
    const set = setUp({ candidate: never, shadowOptions: { inFlight: 2 } });
    for (let id = 0; id < 5; id += 1) await set.users.get({ id });
    await set.pass(3_000);
    expect(set.candidate.asked).toHaveLength(2);
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 5, timedOut: 2, dropped: 3 });
    expect(whyOf(batch)).toEqual({ 'too many at once': 3 });
  });

  it('is no acknowledgement: what hangs in the shadow holds none back', async () => {
    const set = setUp({ candidate: never });
    await set.cutover.pin({ key: 'a' }, () => set.users.get({ id: 1 }));
    await set.pass(100);
    expect(set.candidate.asked).toHaveLength(1);
    set.source.expose(50);
    const { applied, acknowledged, pins } = set.source.status();
    expect({ acknowledged, pins }).toEqual({ acknowledged: applied, pins: 0 });
  });

  it('is nothing while the pool has nothing to spare', async () => {
    const pool = { waiting: 0, idle: 1 };
    const set = setUp({ shadowOptions: { pool: () => pool } });
    const states: readonly (readonly [waiting: number, idle: number])[] = [
      [0, 1],
      [1, 1],
      [0, 0],
      [Number.NaN, 1],
    ];
    for (const [waiting, idle] of states) {
      Object.assign(pool, { waiting, idle });
      await set.users.get({ id: 1 });
      await set.pass(50);
    }
    expect(set.candidate.asked).toHaveLength(1);
    expect(whyOf(set.source.collect().shadow?.[0])).toEqual({ 'the pool waits': 3 });
  });

  it('is what a pool of pg has to spare, and no more of its own than was said', async () => {
    const pool = { waitingCount: 0, idleCount: 0, totalCount: 8, options: { max: 8 } };
    const own = { waitingCount: 0, idleCount: 1, totalCount: 2, options: { max: 4 } };
    const set = setUp({ shadowOptions: { pool, own, connections: 2, inFlight: 3 } });
    const ask = async (): Promise<object> => {
      await set.users.get({ id: 1 });
      await set.pass(50);
      return whyOf(set.source.collect().shadow?.[0]);
    };
    const none = { 'no connection of its own': 1 };
    // All of the callers' connections are in use.
    expect(await ask()).toEqual({ 'the pool waits': 1 });
    pool.totalCount = 7;
    expect(await ask()).toEqual({});
    pool.waitingCount = 1;
    expect(await ask()).toEqual({ 'the pool waits': 1 });
    pool.waitingCount = 0;
    own.idleCount = 0;
    expect(await ask()).toEqual(none);
    own.idleCount = 2;
    own.waitingCount = 1;
    expect(await ask()).toEqual(none);
    expect(set.candidate.asked).toHaveLength(1);
  });

  it('counts what has begun and has no connection yet among its own', async () => {
    const own = { waitingCount: 0, idleCount: 0, totalCount: 0, options: { max: 4 } };
    const set = setUp({ candidate: never, shadowOptions: { own, connections: 2, inFlight: 9 } });
    for (let id = 0; id < 5; id += 1) await set.users.get({ id });
    await set.pass(100);
    expect(set.candidate.asked).toHaveLength(2);
    expect(whyOf(set.source.collect().shadow?.[0])).toEqual({ 'no connection of its own': 3 });
  });

  it('ends when the shadow does nothing but fail, and begins again when it does not', async () => {
    let broken = true;
    const set = setUp({
      candidate: ({ id }) => (broken ? Promise.reject(new Error('down')) : Promise.resolve(row(id))),
    });
    const ask = async (times: number): Promise<void> => {
      for (let id = 0; id < times; id += 1) {
        await set.users.get({ id });
        await set.pass(250);
      }
    };
    await ask(20);
    const asked = set.candidate.asked.length;
    await ask(5);
    expect(set.candidate.asked).toHaveLength(asked);
    expect(whyOf(set.source.collect().shadow?.[0])['the breaker is open']).toBeGreaterThan(5);
    broken = false;
    await set.pass(10_000);
    await ask(5);
    expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: 5, match: 5 });
  });

  it('is a deadline by control’s own times, within bounds', async () => {
    const slow = { control: 5, candidate: 0 };
    const set = setUp({
      control: async ({ id }) => {
        await set.clock.sleep(slow.control);
        return row(id);
      },
      candidate: async ({ id }) => {
        await set.clock.sleep(slow.candidate);
        return row(id);
      },
    });
    const ask = async (times: number): Promise<ReturnType<typeof states>> => {
      for (let id = 0; id < times; id += 1) {
        const call = set.users.get({ id });
        await set.pass(slow.control + slow.candidate + 20);
        await call;
      }
      return states(set.source.collect().shadow?.[0]);
    };
    slow.candidate = 900;
    expect(await ask(1)).toEqual({ sampled: 1, match: 1 });
    slow.candidate = 0;
    expect(await ask(40)).toEqual({ sampled: 40, match: 40 });
    slow.candidate = 90;
    expect(await ask(1)).toEqual({ sampled: 1, match: 1 });
    slow.candidate = 150;
    expect(await ask(1)).toEqual({ sampled: 1, timedOut: 1 });
    [slow.control, slow.candidate] = [50, 0];
    await ask(128);
    slow.candidate = 180;
    expect(await ask(1)).toEqual({ sampled: 1, match: 1 });
  });

  it.each([
    ['again and again', [60, 60, 60], 'comparing took 60 ms, at most 50'],
    ['by seconds', [3_000], 'comparing took 3000 ms, at most 50'],
    ['now and then, as a machine does that pauses', [60, 60, 1, 60, 60, 1], undefined],
  ])('is a comparison in its time: one that overruns %s', async (_, times, why) => {
    let asked = 0;
    const set = setUp({
      options: {
        compare: () => {
          set.clock.advance(times[asked] ?? 0);
          asked += 1;
          return true;
        },
      },
    });
    for (let id = 0; id < 10; id += 1) {
      await set.users.get({ id });
      await set.pass(50);
    }
    const compared = why === undefined ? 10 : times.length;
    expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: compared, match: compared });
    expect(set.source.status().notes).toEqual(why === undefined ? [] : [`user.get is not shadowed: ${why}`]);
  });

  it('is the default for a number that is undefined', async () => {
    const set = setUp({ candidate: never, shadowOptions: { inFlight: undefined } as object });
    for (let id = 0; id < 5; id += 1) await set.users.get({ id });
    await set.pass(100);
    expect(set.candidate.asked).toHaveLength(2);
  });

  it('is refused when it is no number of that kind', () => {
    for (const options of [
      { inFlight: 0 },
      { connections: 2 },
      { own: () => ({ waiting: 0, idle: 1 }), connections: 0 },
      { twice: 2 },
      { compareMs: Number.NaN },
      { deadline: { most: -1 } },
      { limits: { nodes: 0 } },
    ])
      expect(() => shadow(options)).toThrow(
        expect.objectContaining({ code: 'COMPARE_INVALID' }) as CutoverError,
      );
  });
});

describe('an answer that nobody expected', () => {
  const circle = (id: number): object => {
    const one: { id: number; self?: object; list: object[] } = { id, list: [] };
    one.self = one;
    one.list.push({ up: one });
    return one;
  };
  const deep = (depth: number): object => (depth === 0 ? {} : { in: deep(depth - 1) });
  const many = (rows: number): readonly object[] => Array.from({ length: rows }, () => ({}));
  const stream = (): ReadableStream => new ReadableStream();
  const cases: readonly (readonly [
    what: string,
    control: () => unknown,
    candidate: () => unknown,
    state: ShadowState,
    said: string,
  ])[] = [
    ['a circle on both sides', () => circle(1), () => circle(1), 'match', ''],
    ['a circle with another value in it', () => circle(1), () => circle(2), 'mismatch', 'value id'],
    [
      'a circle in the place of none',
      () => ({ id: 1 }),
      () => circle(1),
      'mismatch',
      'extra list,extra self',
    ],
    [
      'more values than are copied',
      () => many(20_000),
      () => many(20_000),
      'uncompared',
      'the answer: more than 10000 values',
    ],
    ['more rows than control, of too many', () => many(20_000), () => many(30_000), 'mismatch', 'extra []'],
    [
      'one text that is too large',
      () => 'x'.repeat(2e6),
      () => 'x',
      'uncompared',
      'the answer: more than 1048576 characters',
    ],
    ['something too deep', () => deep(40), () => deep(40), 'uncompared', 'the answer: more than 32 levels'],
    ['a row in the place of rows', () => [{ id: 1 }], () => ({ id: 1 }), 'mismatch', 'type '],
    ['a text in the place of a row', () => ({ id: 1 }), () => 'Ana', 'mismatch', 'type '],
    ['nothing in the place of rows', () => [], () => undefined, 'mismatch', 'missing '],
    ['a stream where a value was promised', () => ({ id: 1 }), stream, 'mismatch', 'type '],
    ['streams on both sides', stream, stream, 'uncompared', 'the answer: a stream'],
  ];
  it.each(cases)('is contained, and named: %s', async (_, control, candidate, state, said) => {
    const given = control();
    const set = setUp({ control: () => given, candidate: async () => candidate() });
    expect(await set.users.get({ id: 1 })).toBe(given);
    await set.pass(500);
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, [state]: 1 });
    const groups = (batch?.groups ?? []).map(({ kind, path }) => `${kind} ${path}`).toSorted();
    expect([...Object.keys(whyOf(batch)), ...groups].join()).toBe(said);
    // The shadow has not read what is the caller's.
    if (given instanceof ReadableStream) expect(given.locked).toBe(false);
    expect(set.source.status().notes).toEqual([]);
  });

  it.each([
    ['a promise, also one that rejects', () => Promise.reject(new Error('late'))],
    ['nothing', () => undefined],
    [
      'an error',
      () => {
        throw new Error('no');
      },
    ],
  ])('of compare is no answer: %s', async (_, compare) => {
    const set = setUp({ options: { compare: compare as () => never } });
    for (let id = 0; id < 2; id += 1) {
      await set.users.get({ id });
      await set.pass(100);
    }
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, uncompared: 1 });
    expect(set.source.status().notes).toEqual([
      'user.get is not shadowed: its compare throws or gives no boolean',
    ]);
  });
});

describe('what was found', () => {
  it('is a group with its first and last time, and one sample without anybody’s data', async () => {
    const set = setUp({
      control: ({ id }) => ({ id, email: 'ana@example.com', total: 12.5 }),
      candidate: ({ id }) => Promise.resolve({ id, email: 'bob@example.com', total: '12.50' }),
    });
    for (let id = 0; id < 5; id += 1) {
      await set.users.get({ id, tags: ['secret'] });
      await set.pass(500);
    }
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 5, mismatch: 5 });
    const groups = Object.fromEntries((batch?.groups ?? []).map((group) => [group.path, group]));
    expect(groups['total']).toMatchObject({ kind: 'type', as: 'number', count: 5 });
    expect(groups['total']?.lastAt).toBeGreaterThan(groups['total']?.firstAt ?? Infinity);
    expect(groups['total']?.sample).toMatchObject({
      at: 'total',
      control: '12.5',
      candidate: '"12.50"',
      args: ['{ id: 0, tags: [‹text of 6›] }'],
      served: 'control',
    });
    expect(JSON.stringify(batch)).not.toMatch(/example|secret/);
    expect(set.source.collect().shadow).toBeUndefined();
  });

  it('is a place, a kind and counts alone where nobody asked for samples', async () => {
    const clock = manualClock();
    const source = testSource({ plan, clock });
    const cutover = createCutover(plan, { source, shadow: shadow({ twice: 0 }) });
    source.change({ shadow: { all: 10_000, repositories: {} } });
    const side = (total: number) => ({ get: async (name: string) => ({ name, total }) });
    const users = cutover.repository('user', {
      control: side(31_415),
      candidate: side(27_182),
      reads: ['get'],
    });
    await users.get('Ana');
    await pass(clock, 500);
    const [batch] = JSON.parse(JSON.stringify(source.collect().shadow)) as readonly ShadowBatch[];
    expect(batch?.groups).toMatchObject([{ kind: 'value', path: 'total', count: 1 }]);
    expect(Object.keys(batch?.groups[0] ?? {})).not.toContain('sample');
    expect(JSON.stringify(batch)).not.toMatch(/Ana|31415|27182/);
  });

  it('is transient when it is gone on being asked again, and is asked again once', async () => {
    const set = setUp({
      candidate: ({ id }, call) => Promise.resolve(row(id, call === 1 ? 'before the change' : 'Ana')),
    });
    await set.users.get({ id: 1 });
    await set.pass(500);
    expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: 1, transient: 1 });
    expect([set.control.asked.length, set.candidate.asked.length]).toEqual([2, 2]);
  });

  it('is asked again with the arguments as they were, whatever the candidate did to them', async () => {
    const set = setUp({
      candidate: (argument) => {
        const answer = row(argument.id, 'Bob');
        argument.id = 99;
        return Promise.resolve(answer);
      },
    });
    await set.users.get({ id: 1 });
    await set.pass(500);
    expect(states(set.source.collect().shadow?.[0])).toEqual({ sampled: 1, mismatch: 1 });
    expect(set.control.asked.map(({ id }) => id)).toEqual([1, 1]);
  });

  it('is one comparison of a call, also of a query that its caller runs twice', async () => {
    const clock = manualClock();
    const source = testSource({ plan, clock });
    const cutover = createCutover(plan, { source, shadow: shadow({ twice: 0 }) });
    source.change({ shadow: { all: 10_000, repositories: {} } });
    let runs = 0;
    const side = (): { all(): PromiseLike<number> } => ({
      all: () => {
        const then: PromiseLike<number>['then'] = (done, no) => {
          runs += 1;
          return Promise.resolve(1).then(done, no);
        };
        // oxlint-disable-next-line unicorn/no-thenable -- like an ORM's builder: every `then` runs the query
        return { then };
      },
    });
    const query = cutover.repository('user', { control: side(), candidate: side(), reads: ['all'] }).all();
    expect([await query, await query]).toEqual([1, 1]);
    await pass(clock, 50);
    expect(runs).toBe(3);
    expect(states(source.collect().shadow?.[0])).toEqual({ sampled: 1, match: 1 });
  });

  it('is not asked for again once it was confirmed', async () => {
    const set = setUp({ candidate: ({ id }) => Promise.resolve(row(id, 'Bob')) });
    for (let id = 0; id < 10; id += 1) {
      await set.users.get({ id });
      await set.pass(500);
    }
    expect(set.candidate.asked).toHaveLength(13);
  });

  it('is ignored by a rule until its day, by noise, and where no order is promised', async () => {
    const rule = { path: 'name', owner: 'ana', reason: 'trimmed', expires: '2026-06-01' };
    const ruled = setUp({
      candidate: ({ id }) => Promise.resolve(row(id, 'Ana ')),
      options: { operations: { get: { ignore: [rule] } } },
    });
    await ruled.users.get({ id: 1 });
    await ruled.pass(500);
    const [batch] = ruled.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, ignored: 1 });
    expect(batch?.groups[0]).toMatchObject({ path: 'name', ignored: 'trimmed' });
    ruled.clock.advance(86_400_000);
    await ruled.users.get({ id: 1 });
    await ruled.pass(500);
    const [expired] = ruled.source.collect().shadow ?? [];
    expect(states(expired)).toEqual({ sampled: 1, mismatch: 1 });
    // What whoever asks why is told: the rule that is too old, and how the answers were compared.
    expect(expired?.rules).toEqual({ ordered: false, key: ['id'], same: [], ignore: [rule] });

    let token = 0;
    const noisy = setUp({
      shadowOptions: { twice: 1 },
      control: ({ id }) => ({ id, token: (token += 1) }),
      candidate: async ({ id }) => ({ id, token: (token += 1) }),
    });
    for (let id = 0; id < 5; id += 1) {
      await noisy.users.get({ id });
      await noisy.pass(500);
    }
    const [noise] = noisy.source.collect().shadow ?? [];
    expect(states(noise)).toEqual({ sampled: 5, ignored: 5 });
    expect(noise?.groups).toMatchObject([{ path: 'token', ignored: 'noise', noise: 1 }]);
  });

  it('is no mismatch before control was asked twice for twenty calls, and then learned for one in twenty', async () => {
    const set = setUp({
      shadowOptions: { twice: 0.05 },
      control: ({ id }) => row(id),
      candidate: async ({ id }) => row(id, id % 5 === 0 ? 'Bob' : 'Ana'),
    });
    const ask = async (times: number): Promise<ShadowBatch | undefined> => {
      for (let id = 1; id <= times; id += 1) {
        await set.users.get({ id });
        await set.pass(150);
      }
      return set.source.collect().shadow?.[0];
    };
    // Control is asked once more for each of them, and both are where they differ.
    const first = await ask(19);
    expect(states(first)).toEqual({ sampled: 19, match: 16, uncompared: 3 });
    expect(whyOf(first)).toEqual({ 'noise is not learned yet': 3 });
    expect(first?.groups).toMatchObject([{ path: 'name', count: 3, noise: 0 }]);
    expect(set.control.asked).toHaveLength(19 + 19 + 3);
    const more = await ask(100);
    expect(states(more)).toEqual({ sampled: 100, match: 80, mismatch: 20 });
    expect(set.control.asked.length).toBeLessThan(41 + 100 + 3 + 20);
  });

  it('is told at once when the candidate fails, or when nothing is to be learned', async () => {
    const failing = setUp({ shadowOptions: { twice: 0.05 }, candidate: fail(new Error('no')) });
    await failing.users.get({ id: 1 });
    await failing.pass(500);
    expect(states(failing.source.collect().shadow?.[0])).toEqual({ sampled: 1, failed: 1 });
  });

  it('is found with the candidate serving as well: control is in the shadow', async () => {
    const set = setUp({ candidate: ({ id }) => Promise.resolve(row(id, null)) });
    set.source.expose(100);
    expect(await set.users.get({ id: 1 })).toEqual(row(1, null));
    await set.pass(500);
    const [batch] = set.source.collect().shadow ?? [];
    expect(states(batch)).toEqual({ sampled: 1, mismatch: 1 });
    expect(batch?.groups[0]?.sample).toMatchObject({
      control: '‹text of 3›',
      candidate: 'null',
      served: 'candidate',
    });
  });
});
