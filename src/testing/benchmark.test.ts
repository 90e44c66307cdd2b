import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock, type Random } from '../kernel/index.ts';
import type { Side } from '../route/index.ts';
import { benchmarkedOperations, defineBenchmark, type Benchmark } from './benchmark.ts';
import { openBenchmark, type Batch } from './open-benchmark.ts';

type Answers = { find(id: number): unknown };

const BOTH: readonly Side[] = ['control', 'candidate'];
const anyId = (random: Random): [number] => [Math.floor(random() * 100)];

function answering(find: (side: Side) => Answers['find'], more: Partial<Benchmark> = {}): Benchmark {
  const benchmark = defineBenchmark({
    setup: (side) => ({ repositories: { user: { find: find(side) } } }),
    reads: { user: { find: anyId } },
  });
  return { ...(benchmark as Benchmark), ...more };
}

async function measured(benchmark: Benchmark, change: Partial<Batch> = {}) {
  const open = await openBenchmark(benchmark, BOTH, systemClock);
  const [operation] = open.operations;
  if (operation === undefined) throw new Error('nothing to measure');
  const batch: Batch = { from: 0, calls: 5, order: BOTH, seed: 1, timeoutMs: 40, ...change };
  return open.measure(operation, batch);
}

describe('a batch of a benchmark', () => {
  it('asks both sides the same, whatever the order, and has a time for each call', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.nat(1_000),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(BOTH, BOTH.toReversed()),
        async (seed, from, calls, order) => {
          const asked: Record<Side, unknown[]> = { control: [], candidate: [] };
          const benchmark = answering((side) => (id) => (asked[side].push(id), id));
          const { times, fault } = await measured(benchmark, { seed, from, calls, order });
          expect(fault).toBeNull();
          expect(asked.candidate).toEqual(asked.control);
          expect(asked.control).toHaveLength(calls);
          expect(times.control).toHaveLength(calls);
          expect(times.candidate).toHaveLength(calls);
          expect([...(times.control ?? []), ...(times.candidate ?? [])].every((ms) => ms >= 0)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each<[string, Answers['find'], string, RegExp]>([
    [
      'throws',
      () => {
        throw new TypeError('no table');
      },
      'threw',
      /^user\.find\(\d+\) threw TypeError: no table/,
    ],
    ['rejects', () => Promise.reject(new Error('gone')), 'threw', /threw Error: gone/],
    ['hangs', () => new Promise(() => {}), 'hangs', /user\.find\(\d+\): no answer within 40 ms/],
    ['answers differently', (id) => ({ id: String(id) }), 'differs', /the answers differ at id/],
  ])('has no times when the candidate %s', async (_, find, kind, message) => {
    const control: Answers['find'] = (id) => Promise.resolve({ id });
    const { times, fault } = await measured(answering((side) => (side === 'control' ? control : find)));
    expect(times).toEqual({});
    expect(fault?.kind).toBe(kind);
    expect(fault?.side).toBe(kind === 'differs' ? null : 'candidate');
    expect(fault?.message).toMatch(message);
  });

  it('takes a returned error for one, on either side', async () => {
    const isError = (result: unknown): boolean => result === 'error';
    const benchmark = answering(() => () => 'error', { isError });
    expect((await measured(benchmark)).fault).toMatchObject({ kind: 'threw', side: 'control' });
    expect((await measured(answering(() => () => 'error'))).fault).toBeNull();
  });

  it('lets the benchmark say what the same is', async () => {
    const different =
      (side: Side): Answers['find'] =>
      () =>
        side;
    expect((await measured(answering(different))).fault?.kind).toBe('differs');
    expect((await measured(answering(different, { compare: () => true }))).fault).toBeNull();
  });

  it('gives each side its own arguments: one that changes them changes nothing for the other', async () => {
    const benchmark = {
      setup: (side: Side) => ({
        repositories: {
          user: { find: (list: number[]) => (side === 'control' ? list.splice(0) : list.slice()) },
        },
      }),
      reads: { user: { find: (random: Random) => [[random(), random()]] } },
    } as unknown as Benchmark;
    expect((await measured(benchmark)).fault).toBeNull();
  });
});

describe('a benchmark', () => {
  it('writes only where setup says that the database is its own, and closes what it opened', async () => {
    const closed: Side[] = [];
    const writing = (scratch: boolean) =>
      defineBenchmark({
        setup: (side) => ({
          repositories: { user: { create: (name: string) => name } },
          scratch,
          close: () => void closed.push(side),
        }),
        writes: { user: { create: (_, call) => [`user ${call}`] } },
      });
    await expect(openBenchmark(writing(false), BOTH, systemClock)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('user.create is a write'),
    });
    expect(closed).toEqual(['control']);
    const open = await openBenchmark(writing(true), BOTH, systemClock);
    expect(open.operations.map(({ name, isWrite }) => ({ name, isWrite }))).toEqual([
      { name: 'user.create', isWrite: true },
    ]);
    await open.close();
    expect(closed).toEqual(['control', 'candidate', 'control']);
  });

  it.each<[unknown, string]>([
    [undefined, 'no benchmark'],
    [{ reads: {} }, 'no setup()'],
    [{ setup: () => ({}) }, 'names no operation'],
    [{ setup: () => ({}), reads: 1 }, 'reads of the benchmark is no object'],
    [{ setup: () => ({}), reads: { user: { find: [1] } } }, 'reads.user.find is no function'],
    [
      { setup: () => ({}), reads: { user: { a: anyId } }, writes: { user: { a: anyId } } },
      'in reads and in writes',
    ],
  ])('is refused as %j', (value, message) => {
    expect(() => benchmarkedOperations(value)).toThrow(message);
  });

  it('is refused when a side lacks what it names', async () => {
    const named = (repository: string, operation: string): Benchmark =>
      ({
        setup: () => ({ repositories: { user: { find: () => 1 } } }),
        reads: { [repository]: { [operation]: () => [] } },
      }) as unknown as Benchmark;
    await expect(openBenchmark(named('users', 'find'), BOTH, systemClock)).rejects.toMatchObject({
      code: 'UNKNOWN_REPOSITORY',
      hint: 'did you mean "user"?',
    });
    await expect(openBenchmark(named('user', 'list'), BOTH, systemClock)).rejects.toMatchObject({
      code: 'UNKNOWN_METHOD',
    });
    await expect(
      measured({ ...named('user', 'find'), reads: { user: { find: () => 1 } } } as never),
    ).rejects.toThrow('which is no list');
  });
});

it('knows the arguments of each operation from what setup makes', () => {
  interface Users {
    find(id: number): string;
    create(name: string, age: number): Promise<number>;
  }
  const setup = (_side: Side): { repositories: { user: Users } } => {
    throw new Error('only its type is looked at');
  };
  const right = defineBenchmark({
    setup,
    reads: { user: { find: (random) => [random()] } },
    writes: { user: { create: (_, call) => [`user ${call}`, call] } },
  });
  const wrong = [
    // @ts-expect-error find takes a number
    defineBenchmark({ setup, reads: { user: { find: () => ['1'] } } }),
    // @ts-expect-error create takes two
    defineBenchmark({ setup, writes: { user: { create: () => ['Ana'] } } }),
    // @ts-expect-error there is no fnd
    defineBenchmark({ setup, reads: { user: { fnd: () => [1] } } }),
  ];
  expect([right, ...wrong].map((one) => benchmarkedOperations(one).length)).toEqual([2, 1, 1, 1]);
});
