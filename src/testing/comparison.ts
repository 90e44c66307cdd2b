import { compareRules, type CompareRules, type QueryCounter, type RedactOptions } from '../compare/index.ts';
import { CutoverError, suggest } from '../kernel/index.ts';
import type { MethodOf, ShadowOptionsOf } from '../repository/index.ts';
import type { Calls } from './argument-source.ts';
import { isObject } from './parts.ts';

type Repositories = Readonly<Record<string, object>>;

/** Calls of each repository's reads, by operation. */
export type CallsOf<R extends Repositories> = {
  readonly [K in keyof R]?: {
    readonly [M in MethodOf<R[K]>]?: R[K][M] extends (...args: infer A) => unknown
      ? Calls<Readonly<A>>
      : never;
  };
};

/**
 * Both implementations, on the same data.
 *
 * @example
 * const sides: ComparedSides<{ user: Users }, Pool> = {
 *   control: { user: new SqlUsers(one) }, candidate: { user: new DrizzleUsers(other) }, source: one,
 * };
 */
export type ComparedSides<R extends Repositories, S> = {
  /** By the names of the plan's repositories, on connections that can only read. */
  readonly control: R;
  readonly candidate: NoInfer<R>;
  /** What `calls` is made from: a pool that says which rows there are. */
  readonly source?: S;
  /** Finds a query for each row: `queryCounter()` of `cutover/node`, told of each query of both sides. */
  readonly queries?: QueryCounter;
  /** Afterwards, also when something went wrong. */
  readonly close?: () => void | Promise<void>;
};

/** What `cutover compare` and `cutover mismatches replay` call; made by `defineComparison`. */
export type Comparison<R extends Repositories = Repositories, S = unknown> = {
  /** Opens both sides. Called once in each process that compares. */
  open(): ComparedSides<R, S> | Promise<ComparedSides<R, S>>;
  /** Operations that change nothing: the same list that the application gives to `repository()`. No other is called. */
  readonly reads: { readonly [K in keyof NoInfer<R>]?: readonly MethodOf<NoInfer<R>[K]>[] };
  /** The arguments with which each read is called, over all rows. */
  calls(source: NoInfer<S>): CallsOf<NoInfer<R>>;
  /** How answers are compared: what the application gives to `repository()` as `shadow`. */
  readonly compare?: {
    readonly [K in keyof NoInfer<R>]?: Pick<
      ShadowOptionsOf<MethodOf<NoInfer<R>[K]>>,
      'operations' | 'redact' | 'ordered' | 'key' | 'same' | 'ignore' | 'compare'
    >;
  };
};

/**
 * Types what `cutover.compare.ts` exports: both implementations, and the calls that reach all of the data.
 *
 * @example
 * export default defineComparison({
 *   open() {
 *     const db = openDatabase('shop.db', { readOnly: true });
 *     return { control: { user: new SqlUsers(db) }, candidate: { user: new DrizzleUsers(db) as SqlUsers }, source: db };
 *   },
 *   reads: { user: ['find', 'list'] },
 *   calls: (db) => ({
 *     user: {
 *       find: { pages: (after, size) => idsAfter(db, 'users', Number(after ?? 0), size) },
 *       list: [[]],
 *     },
 *   }),
 * });
 */
export function defineComparison<const R extends Repositories, S = undefined>(
  comparison: Comparison<R, S>,
): Comparison<R, S> {
  return comparison;
}

/** One read of a comparison, checked. */
export type ComparedOperation = {
  readonly repository: string;
  readonly operation: string;
  readonly rules: CompareRules;
  readonly redaction: RedactOptions;
  /** `undefined` for a read without calls: it can be replayed, not compared over all rows. */
  readonly calls: Calls<readonly unknown[]> | undefined;
};

const SHAPE = 'export default defineComparison({ open, reads, calls }) from cutover/testing';

/** @throws CutoverError `USAGE` for what is no comparison */
export function checkComparison(comparison: unknown): void {
  if (isObject(comparison) && ['open', 'calls'].every((name) => isFunction(Reflect.get(comparison, name))))
    return;
  throw new CutoverError('USAGE', 'the default export is no comparison: it has no open() and calls()', {
    hint: SHAPE,
  });
}

/** The part of a comparison that says what may be called, and how its answers are compared. */
type DeclaredReads = {
  readonly reads: Readonly<Record<string, unknown>>;
  readonly compare?: Readonly<Record<string, ShadowOptionsOf<string> | undefined>>;
};

/**
 * Every read that is declared, with its calls.
 *
 * @throws CutoverError `COMPARE_INVALID` for calls of an operation that is not declared a read: it may write
 */
export function comparedOperations(
  { reads, compare }: DeclaredReads,
  calls: unknown,
): readonly ComparedOperation[] {
  const given = entriesOf(calls, 'calls').map(
    ([repository, operations]) =>
      [repository, new Map(entriesOf(operations, `calls.${repository}`))] as const,
  );
  for (const [repository, operations] of given)
    for (const operation of operations.keys()) refuseWrite(repository, operation, readsOf(reads, repository));
  const byRepository = new Map(given);
  return Object.keys(reads).flatMap((repository) => {
    const { operations = {}, redact = {}, ...common } = compare?.[repository] ?? {};
    return readsOf(reads, repository).map((operation): ComparedOperation => {
      const own = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      const { off: _, ...options } = own ?? {};
      return {
        repository,
        operation,
        rules: compareRules(`${repository}.${operation}`, common, options),
        redaction: redact,
        // Checked where they are made.
        calls: byRepository.get(repository)?.get(operation) as ComparedOperation['calls'],
      };
    });
  });
}

function readsOf(reads: DeclaredReads['reads'], repository: string): readonly string[] {
  const listed: unknown = Object.hasOwn(reads, repository) ? reads[repository] : [];
  if (Array.isArray(listed) && listed.every((name) => typeof name === 'string')) return listed;
  throw new CutoverError('USAGE', `reads.${repository} of the comparison is no list of names`, {
    hint: SHAPE,
  });
}

function refuseWrite(repository: string, operation: string, reads: readonly string[]): void {
  if (reads.includes(operation)) return;
  const near = suggest(operation, reads);
  throw new CutoverError(
    'COMPARE_INVALID',
    `calls.${repository}.${operation}: ${operation} is not in reads.${repository}, so it is a write, which is never called`,
    {
      hint:
        near === undefined
          ? 'take it out; what changes something runs once, for its caller'
          : `did you mean "${near}"?`,
    },
  );
}

function entriesOf(value: unknown, where: string): readonly (readonly [string, unknown])[] {
  if (isObject(value) && !isFunction(value)) return Object.entries(value);
  throw new CutoverError('USAGE', `${where} of the comparison is no object`, {
    hint: 'write { user: { find: [[1], [2]] } }',
  });
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
