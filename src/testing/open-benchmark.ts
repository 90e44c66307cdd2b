import { CutoverError, seededRandom, type Clock } from '../kernel/index.ts';
import type { Side } from '../route/index.ts';
import { begin, settle, type Answer } from './answer.ts';
import { benchmarkedOperations, methodOf, type Benchmark, type BenchmarkedOperation } from './benchmark.ts';
import { disagreement } from './disagreement.ts';
import { show } from './show.ts';

/** Calls of one operation, made one after another on each side. */
export type Batch = {
  /** Number of the first call; both sides make the same ones. */
  readonly from: number;
  readonly calls: number;
  /** Which sides, and in which order. */
  readonly order: readonly Side[];
  readonly seed: number;
  /** After which a call counts as one that hangs, milliseconds. */
  readonly timeoutMs: number;
};

/** Why an operation has no times: a side failed or hung, or the two did not agree. */
export type BenchmarkFault = {
  readonly kind: 'threw' | 'hangs' | 'differs';
  /** `null` where it takes both. */
  readonly side: Side | null;
  readonly message: string;
};

/** Milliseconds of each call, by side. A batch with a fault has no times. */
export type BatchTimes = {
  readonly times: Partial<Readonly<Record<Side, readonly number[]>>>;
  readonly fault: BenchmarkFault | null;
};

export interface OpenBenchmark {
  readonly operations: readonly BenchmarkedOperation[];
  /** Calls an operation on each side, compares the answers if both were asked, and says how long each call took. */
  measure(operation: BenchmarkedOperation, batch: Batch): Promise<BatchTimes>;
  /** Closes what `setup` opened. @throws what a side's own `close` throws */
  close(): Promise<void>;
}

/**
 * Sets up the sides of a benchmark. Used by `cutover benchmark`, in the process that measures.
 *
 * @throws CutoverError `USAGE` where a write has no database of its own, `UNKNOWN_REPOSITORY`, `UNKNOWN_METHOD`; what
 *   `setup` throws
 * @example
 * const open = await openBenchmark(benchmark, ['control', 'candidate'], clock);
 * const [first] = open.operations;
 * await open.measure(first, { from: 0, calls: 100, order: ['control', 'candidate'], seed: 1, timeoutMs: 5_000 });
 */
export async function openBenchmark<R extends Readonly<Record<string, object>>>(
  benchmark: Benchmark<R>,
  sides: readonly Side[],
  clock: Clock,
): Promise<OpenBenchmark> {
  const operations = benchmarkedOperations(benchmark);
  const closers: (() => void | Promise<void>)[] = [];
  const methods = new Map<string, (...args: readonly unknown[]) => unknown>();
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  try {
    for (const side of sides) {
      const made = await benchmark.setup(side);
      if (made.close !== undefined) closers.push(made.close);
      refuseWritesElsewhere(side, made.scratch === true, operations);
      for (const operation of operations)
        methods.set(`${side} ${operation.name}`, methodOf(side, made.repositories, operation));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    operations,
    close,
    async measure(operation, batch) {
      const asked = new Map<Side, Asked>();
      for (const side of batch.order) {
        const method = methods.get(`${side} ${operation.name}`);
        if (method === undefined) throw new Error(`${side} was not set up`);
        const one = await ask(method, operation, batch, clock);
        const fault = faultOf(side, one, operation, batch, benchmark.isError);
        if (fault !== null) return { times: {}, fault };
        asked.set(side, one);
      }
      const fault = differenceOf(asked, operation, batch, benchmark);
      if (fault !== null) return { times: {}, fault };
      return { times: Object.fromEntries([...asked].map(([side, { times }]) => [side, times])), fault: null };
    },
  };
}

/** A benchmark must not fill a table that somebody needs. */
function refuseWritesElsewhere(
  side: Side,
  isScratch: boolean,
  operations: readonly BenchmarkedOperation[],
): void {
  const write = operations.find(({ isWrite }) => isWrite);
  if (write === undefined || isScratch) return;
  throw new CutoverError(
    'USAGE',
    `${write.name} is a write, and setup('${side}') does not say that its database is its own`,
    {
      hint: 'make a database in setup() that nobody else uses, and return scratch: true; or leave the writes out',
    },
  );
}

type Asked = {
  readonly times: readonly number[];
  readonly answers: readonly Answer[];
  /** The call that did not come back in time. */
  readonly hung: number | null;
};

/** Looks at the call that is open this often within its time. */
const LOOKS = 8;

async function ask(
  method: (...args: readonly unknown[]) => unknown,
  operation: BenchmarkedOperation,
  { from, calls, seed, timeoutMs }: Batch,
  clock: Clock,
): Promise<Asked> {
  const prepared = Array.from({ length: calls }, (_, at) => argumentsAt(operation, seed, from + at));
  const times: number[] = [];
  const answers: Answer[] = [];
  let began = clock.monotonic();
  let abandoned = false;
  const asking = async (): Promise<number | null> => {
    for (const args of prepared) {
      if (abandoned) return null;
      began = clock.monotonic();
      const begun = begin(() => method(...args));
      const answer = begun.kind === 'returned' && begun.isPromised ? await settle(begun) : begun;
      times.push(clock.monotonic() - began);
      answers.push(answer);
      if (answer.kind === 'thrown') return null;
    }
    return null;
  };
  let stop = (): void => {};
  const late = new Promise<number>((resolve) => {
    stop = clock.every(Math.max(1, timeoutMs / LOOKS), () => {
      if (clock.monotonic() - began > timeoutMs) resolve(from + times.length);
    });
  });
  const hung = await Promise.race([asking(), late]);
  stop();
  abandoned = true;
  return { times, answers, hung };
}

/** The same for both sides and in every process: only the seed, the operation and the call decide. */
function argumentsAt(
  { name, argumentsOf }: BenchmarkedOperation,
  seed: number,
  call: number,
): readonly unknown[] {
  let mixed = seed >>> 0;
  for (const letter of `${name} ${call}`) mixed = (Math.imul(mixed, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  const args: unknown = argumentsOf(seededRandom(mixed), call);
  if (Array.isArray(args)) return args as readonly unknown[];
  throw new CutoverError('USAGE', `the arguments of ${name} are ${show(args)}, which is no list`, {
    hint: 'return a list, with one entry an argument: (random) => [1]',
  });
}

function faultOf(
  side: Side,
  { answers, hung }: Asked,
  operation: BenchmarkedOperation,
  batch: Batch,
  isError: Benchmark['isError'],
): BenchmarkFault | null {
  const text = (call: number): string =>
    `${operation.name}(${argumentsAt(operation, batch.seed, call).map(show).join(', ')})`;
  if (hung !== null)
    return { kind: 'hangs', side, message: `${text(hung)}: no answer within ${batch.timeoutMs} ms` };
  for (const [at, answer] of answers.entries()) {
    const call = batch.from + at;
    if (answer.kind === 'thrown')
      return { kind: 'threw', side, message: `${text(call)} threw ${show(answer.error)}` };
    if (isError?.(answer.value) === true)
      return { kind: 'threw', side, message: `${text(call)} returned the error ${show(answer.value)}` };
  }
  return null;
}

function differenceOf(
  asked: ReadonlyMap<Side, Asked>,
  operation: BenchmarkedOperation,
  { from, seed }: Batch,
  { compare }: Pick<Benchmark, 'compare'>,
): BenchmarkFault | null {
  const [control, candidate] = [asked.get('control'), asked.get('candidate')];
  if (control === undefined || candidate === undefined) return null;
  for (const [at, answer] of control.answers.entries()) {
    const other = candidate.answers[at];
    if (other === undefined) continue;
    const call = { operation: operation.operation, args: argumentsAt(operation, seed, from + at) };
    const found = disagreement(operation.repository, call, { control: answer, candidate: other }, compare);
    if (found !== undefined) return { kind: 'differs', side: null, message: found.message };
  }
  return null;
}
