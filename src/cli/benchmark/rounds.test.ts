import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Clock } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { Batch, BatchTimes } from '../../testing/index.ts';
import type { Bench } from './bench.ts';
import { isGood, resultOf } from './result.ts';
import { measureRounds, type Wanted } from './rounds.ts';

const BOTH: readonly Side[] = ['control', 'candidate'];
const WANTED: Wanted = { sides: BOTH, rounds: 12, seed: 1, timeoutMs: 1_000 };

type Asked = Batch & { readonly operation: number };

/** A bench on a clock of its own: a call takes what `msOf` says. */
function benchOf(count: number, msOf: (side: Side, at: Asked) => number | 'throws') {
  let now = 0;
  const asked: Asked[] = [];
  const clock = { monotonic: () => now } as Clock;
  const bench: Bench = {
    operations: Array.from({ length: count }, (_, at) => ({
      name: `user.op${at}`,
      repository: 'user',
      isWrite: false,
    })),
    measure(operation, batch) {
      asked.push({ ...batch, operation });
      const times: Partial<Record<Side, number[]>> = {};
      for (const side of batch.order) {
        const ms = msOf(side, { ...batch, operation });
        if (ms === 'throws')
          return Promise.resolve<BatchTimes>({ times: {}, fault: { kind: 'threw', side, message: 'no' } });
        times[side] = Array.from({ length: batch.calls }, () => ms);
        now += ms * batch.calls;
      }
      return Promise.resolve<BatchTimes>({ times, fault: null });
    },
    close: () => Promise.resolve(),
  };
  const measure = (wanted: Wanted = WANTED) =>
    measureRounds(bench, [...bench.operations.keys()], wanted, {
      clock,
      random: seededRandom(wanted.seed),
      onWarm: () => {},
    });
  return { asked, measure };
}

describe('the rounds of a benchmark', () => {
  it('ask every operation once a round on each side, in orders that only the seed decides', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 10, max: 25 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        async (count, rounds, seed, ms) => {
          const one = benchOf(count, () => ms);
          const found = await one.measure({ ...WANTED, rounds, seed });
          const counted = one.asked.slice(-count * rounds);
          for (let at = 0; at < counted.length; at += count) {
            const operations = counted.slice(at, at + count).map(({ operation }) => operation);
            expect(operations.toSorted((a, b) => a - b)).toEqual([...Array(count).keys()]);
          }
          for (const { times } of found) {
            expect(times.control).toHaveLength(rounds);
            expect(times.candidate?.map(({ length }) => length)).toEqual(
              times.control?.map(({ length }) => length),
            );
          }
          const again = benchOf(count, () => ms);
          await again.measure({ ...WANTED, rounds, seed });
          expect(again.asked).toEqual(one.asked);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('never make the same call twice on one database, and begin with either side', async () => {
    const { asked, measure } = benchOf(2, () => 1);
    await measure();
    for (const operation of [0, 1]) {
      const own = asked.filter((one) => one.operation === operation);
      own.reduce((from, one) => {
        expect(one.from).toBe(from);
        return from + one.calls;
      }, 0);
    }
    expect(new Set(asked.slice(-24).map(({ order }) => order[0])).size).toBe(2);
  });

  it('leave an operation alone once it has a fault, and go on with the others', async () => {
    const { asked, measure } = benchOf(3, (side, { operation, from }) =>
      operation === 1 && side === 'candidate' && from > 200 ? 'throws' : 1,
    );
    const found = await measure();
    expect(found.map(({ fault }) => fault?.kind ?? null)).toEqual([null, 'threw', null]);
    expect(found[1]?.times).toEqual({});
    expect(found[2]?.times.candidate).toHaveLength(12);
    const faulty = asked.filter(({ operation }) => operation === 1);
    expect(faulty.filter(({ from }) => from > 200)).toHaveLength(1);
  });
});

describe('a result', () => {
  const limits = { median: 1.1, p95: null };
  const result = async (candidateMs: number | 'throws', saved: Parameters<typeof resultOf>[1] = null) => {
    const [one] = await benchOf(1, (side) => (side === 'control' ? 1 : candidateMs)).measure();
    if (one === undefined) throw new Error('nothing measured');
    return resultOf(one, saved, limits, seededRandom(1));
  };

  it('passes within its limit, fails above it, and is never good with a fault', async () => {
    expect(await result(1.05)).toMatchObject({ verdict: 'pass', ratio: { median: { value: 1.05 } } });
    expect(await result(1.2)).toMatchObject({ verdict: 'fail' });
    const faulty = await result('throws');
    expect(faulty).toMatchObject({
      verdict: 'insufficient',
      ratio: null,
      sides: {},
      fault: { kind: 'threw' },
    });
    expect([await result(1.05)].every((one) => isGood([one]))).toBe(true);
    expect(isGood([faulty])).toBe(false);
    expect(isGood([{ ...faulty, verdict: null }])).toBe(false);
  });

  it('is held against times that were kept, and against none that are missing', async () => {
    const kept = (ms: number) =>
      new Map([['user.op0', { control: [[1, 1]], candidate: [[ms, ms]] }]]) as Parameters<typeof resultOf>[1];
    expect(await result(1, kept(1))).toMatchObject({ verdict: 'pass' });
    expect(await result(1, kept(0.5))).toMatchObject({
      verdict: 'fail',
      against: { candidate: { median: { value: 2 } } },
    });
    expect(await result(1, new Map())).toMatchObject({ verdict: 'insufficient', against: {} });
  });
});
