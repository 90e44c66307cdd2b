import { CutoverError, suggest, type Random } from '../kernel/index.ts';
import type { MethodOf } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { isObject } from './parts.ts';
import type { Compare } from './disagreement.ts';

/**
 * Arguments of one call. Pure: both sides get the same ones, made twice from the same numbers, so that a side that
 * changes its arguments changes nothing for the other.
 *
 * @param random numbers in [0, 1) that are the same for the same seed and call
 * @param call 0, 1, 2, …: what a write needs to be unique
 * @example
 * const anyUser: ArgumentsOf<[id: number]> = (random) => [1 + Math.floor(random() * 1_000)];
 */
export type ArgumentsOf<A extends readonly unknown[]> = (
  random: Random,
  call: number,
  // The second lets a literal be read as a tuple while the first is still being inferred; nothing fits it.
) => A | [never];

/** Operations of each repository with the arguments that they are called with. */
export type BenchmarkOperations<R extends Readonly<Record<string, object>>> = {
  readonly [K in keyof R]?: {
    readonly [M in MethodOf<R[K]>]?: R[K][M] extends (...args: infer A) => unknown ? ArgumentsOf<A> : never;
  };
};

/**
 * One side as it is measured.
 *
 * @example
 * const side: BenchmarkSide<{ user: Users }> = { repositories: { user: new SqlUsers(db) }, close: () => db.close() };
 */
export type BenchmarkSide<R extends Readonly<Record<string, object>>> = {
  /** Implementations by the names of the plan's repositories. */
  readonly repositories: R;
  /** The database was made by this `setup` and nobody else uses it. Writes are called on no other. @default false */
  readonly scratch?: boolean;
  /** Afterwards, also when something went wrong. */
  readonly close?: () => void | Promise<void>;
};

/** What `cutover benchmark` measures; made by `defineBenchmark`. */
export type Benchmark<R extends Readonly<Record<string, object>> = Readonly<Record<string, object>>> = {
  /** Makes one side, with a database of its own. Called once for each side in each process that measures. */
  setup(side: Side): BenchmarkSide<R> | Promise<BenchmarkSide<R>>;
  /** Operations that change nothing. */
  readonly reads?: BenchmarkOperations<NoInfer<R>>;
  /** Every other operation; `setup` has to answer with `scratch: true`. */
  readonly writes?: BenchmarkOperations<NoInfer<R>>;
  /** Whether a returned value is an error, for methods that return a Result. An error is never a good time. */
  readonly isError?: (result: unknown) => boolean;
  /** Whether two answers are as good as the same. @default deep equality, as in `describeBoth` */
  readonly compare?: Compare;
};

/**
 * Types what `cutover.benchmark.ts` exports: both implementations, and what they are called with.
 *
 * @example
 * export default defineBenchmark({
 *   setup: (side) => {
 *     const db = openDatabase(':memory:');
 *     const user = side === 'control' ? new SqlUsers(db) : new DrizzleUsers(db);
 *     return { repositories: { user: user as Users }, scratch: true, close: () => db.close() };
 *   },
 *   reads: { user: { find: (random) => [Math.floor(random() * 1_000)] } },
 *   writes: { user: { create: (_, call) => [`user ${call}`] } },
 * });
 */
export function defineBenchmark<const R extends Readonly<Record<string, object>>>(
  benchmark: Benchmark<R>,
): Benchmark<R> {
  return benchmark;
}

/** One operation of a benchmark. `name` is `user.find`. */
export type BenchmarkedOperation = {
  readonly name: string;
  readonly repository: string;
  readonly operation: string;
  readonly isWrite: boolean;
  readonly argumentsOf: ArgumentsOf<readonly unknown[]>;
};

/**
 * The operations of a benchmark, reads first.
 *
 * @throws CutoverError `USAGE` for what is no benchmark or measures nothing
 */
export function benchmarkedOperations(benchmark: unknown): readonly BenchmarkedOperation[] {
  const shape = 'export default defineBenchmark({ setup, reads, writes }) from cutover/testing';
  if (!isObject(benchmark) || typeof Reflect.get(benchmark, 'setup') !== 'function')
    throw new CutoverError('USAGE', 'the default export is no benchmark: it has no setup()', { hint: shape });
  const listed = (key: 'reads' | 'writes'): readonly BenchmarkedOperation[] =>
    entriesOf(Reflect.get(benchmark, key), key).flatMap(([repository, operations]) =>
      entriesOf(operations, `${key}.${repository}`).map(([operation, argumentsOf]) => {
        if (typeof argumentsOf !== 'function')
          throw new CutoverError('USAGE', `${key}.${repository}.${operation} is no function`, {
            hint: 'write a function that returns the arguments of one call: (random, call) => [1]',
          });
        return {
          name: `${repository}.${operation}`,
          repository,
          operation,
          isWrite: key === 'writes',
          argumentsOf: argumentsOf as BenchmarkedOperation['argumentsOf'],
        };
      }),
    );
  const all = [...listed('reads'), ...listed('writes')];
  const twice = all.find(({ name }, index) => all.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined)
    throw new CutoverError('USAGE', `${twice.name} stands in reads and in writes`, { hint: 'choose one' });
  if (all.length === 0) throw new CutoverError('USAGE', 'the benchmark names no operation', { hint: shape });
  return all;
}

/** The method of a side's implementation. @throws CutoverError `UNKNOWN_REPOSITORY`, `UNKNOWN_METHOD` */
export function methodOf(
  side: Side,
  repositories: Readonly<Record<string, object>>,
  { repository, operation }: Pick<BenchmarkedOperation, 'repository' | 'operation'>,
): (...args: readonly unknown[]) => unknown {
  const implementation = Object.hasOwn(repositories, repository) ? repositories[repository] : undefined;
  if (!isObject(implementation)) {
    const near = suggest(repository, Object.keys(repositories));
    throw new CutoverError('UNKNOWN_REPOSITORY', `setup('${side}') made no repository "${repository}"`, {
      hint:
        near === undefined ? `it made ${Object.keys(repositories).join(', ')}` : `did you mean "${near}"?`,
    });
  }
  const method: unknown = Reflect.get(implementation, operation);
  if (typeof method !== 'function')
    throw new CutoverError('UNKNOWN_METHOD', `${side} of repository "${repository}" lacks ${operation}()`, {
      hint: 'name a method that both implementations have',
    });
  return (...args) => Reflect.apply(method, implementation, args);
}

function entriesOf(value: unknown, where: string): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (isObject(value)) return Object.entries(value);
  throw new CutoverError('USAGE', `${where} of the benchmark is no object`, {
    hint: 'write { user: { find: (random) => [1] } }',
  });
}
