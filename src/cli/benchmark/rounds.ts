import type { Clock, Random } from '../../kernel/index.ts';
import type { Side } from '../../route/index.ts';
import type { BatchTimes, BenchmarkFault } from '../../testing/index.ts';
import type { Bench } from './bench.ts';
import type { OperationName } from './protocol.ts';
import type { Rounds } from './statistics.ts';

export type Wanted = {
  readonly sides: readonly Side[];
  readonly rounds: number;
  readonly seed: number;
  readonly timeoutMs: number;
};

/** What is known of an operation: times by side and round, or why there are none. */
export type MeasuredOperation = OperationName & {
  readonly times: Partial<Readonly<Record<Side, Rounds>>>;
  readonly fault: BenchmarkFault | null;
};

/** Time that a side's batch should take: long for the clock, short for whatever else goes on in the machine. */
const BATCH_MS = 10;
const LEAST_CALLS = 5;
/** More change nothing, and are to be kept. */
const MOST_CALLS = 50;
/** Time that a side is called before anything counts, so that it is compiled and its caches are full. */
const WARM_UP_MS = 150;

/**
 * Measures in rounds: in each, every operation once on each side, in an order that is drawn anew, so that a machine that
 * slows down or warms up does so for all. An operation with a fault is measured no further.
 *
 * @param which indexes of operations of the bench
 */
export async function measureRounds(
  bench: Bench,
  which: readonly number[],
  wanted: Wanted,
  more: {
    readonly random: Random;
    readonly clock: Clock;
    readonly onWarm: (msARound: number, operations: number) => void;
  },
): Promise<readonly MeasuredOperation[]> {
  const all: InMaking[] = [];
  for (const index of which) all.push(await warmUp(bench, index, wanted, more.clock));
  more.onWarm(
    all.reduce((sum, one) => sum + one.roundMs, 0),
    all.length,
  );
  for (let round = 0; round < wanted.rounds; round += 1) {
    for (const one of shuffled(all, more.random)) {
      if (one.fault === null) add(one, await next(bench, one, shuffled(wanted.sides, more.random), wanted));
    }
  }
  return which.flatMap((index) => {
    const one = all.find((candidate) => candidate.index === index);
    const name = bench.operations[index];
    if (one === undefined || name === undefined) return [];
    return [{ ...name, times: one.fault === null ? one.times : {}, fault: one.fault }];
  });
}

type InMaking = {
  readonly index: number;
  readonly times: Partial<Record<Side, number[][]>>;
  calls: number;
  from: number;
  roundMs: number;
  fault: BenchmarkFault | null;
};

/** Calls it until it is warm, and finds how many calls make a batch. */
async function warmUp(bench: Bench, index: number, wanted: Wanted, clock: Clock): Promise<InMaking> {
  const one: InMaking = { index, times: {}, calls: 1, from: 0, roundMs: 0, fault: null };
  for (const began = clock.monotonic(); ;) {
    const { calls } = one;
    const asked = clock.monotonic();
    const { times, fault } = await next(bench, one, wanted.sides, wanted);
    if (fault !== null) return { ...one, fault };
    one.calls = callsFor(Math.max(...Object.values(times).map((ms) => sum(ms) / calls)), calls);
    one.roundMs = ((clock.monotonic() - asked) * one.calls) / calls;
    const warm = clock.monotonic() - began > WARM_UP_MS * wanted.sides.length;
    if (warm && one.from >= LEAST_CALLS) return one;
  }
}

/** Never many times more than before: the first call of all is slow, and the next ones are not. */
function callsFor(msACall: number, before: number): number {
  const fitting = Math.ceil(BATCH_MS / Math.max(msACall, 1e-6));
  return Math.min(Math.max(fitting, LEAST_CALLS), Math.max(before * 4, LEAST_CALLS), MOST_CALLS);
}

async function next(
  bench: Bench,
  one: InMaking,
  order: readonly Side[],
  { seed, timeoutMs }: Wanted,
): Promise<BatchTimes> {
  const { from, calls } = one;
  one.from += calls;
  return bench.measure(one.index, { from, calls, order, seed, timeoutMs });
}

function add(one: InMaking, { times, fault }: BatchTimes): void {
  one.fault = fault;
  for (const side of ['control', 'candidate'] as const) {
    const batch = times[side];
    if (batch !== undefined) (one.times[side] ??= []).push([...batch]);
  }
}

/** In an order that the numbers decide. */
function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
