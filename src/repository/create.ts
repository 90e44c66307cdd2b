import { CutoverError, suggest } from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import { allFlagNames, findFlag } from '../plan/index.ts';
import type { FlagState, Side } from '../route/index.ts';
import { Runtime, type Explanation, type RuntimePlan } from './runtime.ts';
import type { Fallback, GuardOf } from './hooks.ts';
import type { Shadow, ShadowOptionsOf } from './shadow.ts';
import type { Source } from './source.ts';
import { methodNames, wrap } from './wrap.ts';

/** The public members of a class or object: what a candidate has to have. Private members are nobody's business. */
export type PublicOf<C> = { [K in keyof C]: C[K] };

/** Names of the methods of a type. */
export type MethodOf<C> = {
  [K in keyof C & string]: C[K] extends (...args: never[]) => unknown ? K : never;
}[keyof C & string];

export type RepositoryOptions<C extends object, R extends MethodOf<C> = MethodOf<C>> = {
  /** The implementation that is there. */
  readonly control: C;
  /** The one that replaces it: the same members. */
  readonly candidate: PublicOf<NoInfer<C>>;
  /** Methods that change nothing. Every other one is a write. */
  readonly reads: readonly R[];
  /** Whether a returned value is an error, for methods that return a Result instead of throwing. */
  readonly isError?: (result: unknown) => boolean;
  /** Errors that are not the implementation's fault (not found, validation). They are counted apart. */
  readonly ignoreErrors?: (error: unknown) => boolean;
  /** `fallback()` of `cutover/shadow`: control answers reads that the candidate rejects. @default none */
  readonly fallback?: Fallback;
  /** How reads are compared when `createCutover` was given a shadow. Only reads can be named. */
  readonly shadow?: ShadowOptionsOf<NoInfer<R>> & {
    /** Implementations on connections of their own, best read-only ones, for what runs in the shadow. @default the above */
    readonly control?: NoInfer<C>;
    readonly candidate?: PublicOf<NoInfer<C>>;
  };
};

export type CutoverOptions = {
  /** Where the routing state comes from and telemetry goes to. */
  readonly source: Source;
  /** How many database connections this process has open; a gauge. */
  readonly connections?: () => number;
  /**
   * `guard()` of `cutover/shadow`: the instance takes a failing candidate back by itself. Each time counts as one of the
   * counter `guard`, which a row can name. @default none
   */
  readonly guard?: GuardOf;
  /** `shadow()` of `cutover/shadow`: runs reads on the other side too, and compares. @default nothing is shadowed */
  readonly shadow?: Shadow;
};

/** What an application holds. Its methods may be taken off and passed around. */
export interface Cutover {
  /**
   * An object of control's type whose methods are served by control or by the candidate, call by call. Streams,
   * iterators and everything else that is returned pass through untouched.
   *
   * @throws CutoverError `UNKNOWN_REPOSITORY`, `REPOSITORY_TAKEN`, `UNKNOWN_METHOD`; later calls throw only what the
   *   implementation throws
   * @example
   * const users = cutover.repository('user', {
   *   control: new SqlUsers(db), candidate: new DrizzleUsers(db),
   *   reads: ['findById'], isError: (result) => (result as { ok?: boolean }).ok === false,
   * });
   */
  repository<C extends object, const R extends MethodOf<C> = MethodOf<C>>(
    name: string,
    options: RepositoryOptions<C, R>,
  ): C;
  /**
   * Runs `fn` with one decision for each repository: taken at the start, inherited by everything called from it, kept
   * while the exposure changes. Pin a request or a transaction. An inner pin is the outer one.
   *
   * @param scope `key` is what the decision is bound to: user, tenant, request; `served` is told of each call in the scope
   *   and must throw nothing
   * @throws CutoverError `SCOPE_UNAVAILABLE` when the source has no scope
   */
  pin<T>(
    scope: { readonly key?: string; readonly served?: (repository: string, side: Side) => void },
    fn: () => T,
  ): T;
  /**
   * Runs `fn` with one side for all of these repositories: the one that they agree on, else the fail side. For a
   * database transaction over several of them, which only one implementation can hold. A flip in the middle changes
   * nothing; a transaction within it takes the same side. Everything else is pinned as by `pin`.
   *
   * @param fn is told the side, to begin the transaction with that implementation
   * @throws CutoverError `UNKNOWN_REPOSITORY`, `SCOPE_UNAVAILABLE`
   * @example
   * await cutover.transaction({ key: customer, repositories: ['item', 'payment'] }, (side) =>
   *   side === 'control' ? prisma.$transaction(pay) : drizzle.transaction(pay));
   */
  transaction<T>(
    scope: { readonly key?: string; readonly repositories: readonly string[] },
    fn: (side: Side) => T,
  ): T;
  /** Which side serves a repository now, and by which rule. */
  which(repository: string, call?: { readonly key?: string }): Explanation;
  /** Adds to a counter that a row of the plan may name: complaints, failed payments. */
  count(name: string, by?: number): void;
  /** Adds to each batch that this instance reports, as the request middleware does. `add` must throw nothing. */
  addTelemetry(add: (batch: TelemetryBatch) => TelemetryBatch): void;
  /**
   * Writes a flag through the log. `false` kills; a number is a percentage.
   *
   * @throws CutoverError rejects with `UNKNOWN_FLAG`, `FLAG_VALUE_INVALID`, `FLAG_KILLED`, `FLAG_OWNED_BY_RUN`,
   *   `NOT_REGISTERED` before the plan's first run or flag, `POINT_OF_NO_RETURN`, or the store's failure
   */
  updateFeatureFlag(name: string, value: boolean | number, actor: string, reason: string): Promise<FlagState>;
  /** Fetches the newest state now, instead of in a moment. */
  clearFeatureFlagCache(): Promise<void>;
  /** Sends the last telemetry and leaves the list of instances. */
  close(): Promise<void>;
}

/**
 * Connects an application to a migration.
 *
 * @throws CutoverError `ENVIRONMENT_VARIABLE_INVALID` when an override is neither true nor false; `SHADOW_UNAVAILABLE`
 *   for a shadow of two databases
 * @example
 * const cutover = createCutover(plan, { source: nodeSource(plan, { environment: 'production' }) });
 */
export function createCutover(
  plan: RuntimePlan,
  { source, connections, shadow, guard }: CutoverOptions,
): Cutover {
  shadow?.check(plan.topology);
  const runtime = new Runtime(plan, source, connections);
  runtime.shadow = shadow;
  source.connect(runtime);
  return {
    repository: (name, options) => wrapRepository(runtime, source, name, options, guard),
    pin: ({ key, served }, fn) => runtime.pin(key, fn, served),
    transaction: ({ key, repositories }, fn) => runtime.transaction(key, repositories, fn),
    which: (repository, call) => runtime.explain(repository, call?.key),
    count: (name, by = 1) => runtime.recorder.count(name, by),
    addTelemetry: (add) => void runtime.more.push(add),
    async updateFeatureFlag(name, value, actor, reason) {
      if (findFlag(runtime.names, name) === undefined) throw unknownFlag(runtime, name);
      return source.setFlag({ flag: name, value, actor, reason });
    },
    clearFeatureFlagCache: () => source.refresh(),
    close: () => source.close(),
  };
}

function wrapRepository<C extends object, R extends MethodOf<C>>(
  runtime: Runtime,
  source: Source,
  name: string,
  options: RepositoryOptions<C, R>,
  guard: GuardOf | undefined,
): C {
  const { control, candidate, reads, isError, ignoreErrors, fallback, shadow = {} } = options;
  const index = runtime.index(name);
  if (runtime.reads.has(name)) {
    throw new CutoverError('REPOSITORY_TAKEN', `repository "${name}" is wrapped already`, {
      hint: 'wrap it once',
    });
  }
  const methods = methodNames(control);
  for (const method of methods) {
    if (typeof Reflect.get(candidate, method) !== 'function')
      throw unknownMethod(`candidate of repository "${name}" lacks`, method, methodNames(candidate));
  }
  for (const read of reads) {
    if (!methods.includes(read))
      throw unknownMethod(`reads of repository "${name}" names what control lacks:`, read, methods);
  }
  const isRead = (operation: string): boolean => reads.some((read) => read === operation);
  for (const read of Object.keys(shadow.operations ?? {})) {
    if (!isRead(read))
      throw unknownMethod(`shadow of repository "${name}" names what reads does not:`, read, reads);
  }
  const watching = guard && { guard: runtime.guard(index, name, guard) };
  const shadowing = runtime.shadow;
  const watch = shadowing?.repository(
    {
      name,
      control: shadow.control ?? control,
      candidate: shadow.candidate ?? candidate,
      options: shadow,
      ...watching,
      draws: (now, at) => runtime.drawsShadow(index, now, at),
      run: (side, fn) => runtime.inShadow(index, side, fn),
    },
    source,
  );
  runtime.reads.set(name, [...reads]);
  return wrap(control, candidate, {
    ...(watch && {
      shadow: (operation) => (isRead(operation) ? watch(operation) : undefined),
      refusal: (operation) =>
        isRead(operation) ? undefined : () => runtime.isInShadow && shadowing?.refuse(`${name}.${operation}`),
    }),
    ...watching,
    ...(fallback && { fallback: (operation) => (isRead(operation) ? fallback : undefined) }),
    inTransaction: () => runtime.inTransaction(),
    clock: source.clock,
    choose: (now) => runtime.choose(index, now),
    cell: (operation, side) => runtime.recorder.cell(name, operation, side),
    isError: quiet(isError),
    isIgnored: quiet(ignoreErrors),
  });
}

/** The application's own predicate, in the caller's path: if it throws, it has said nothing. */
function quiet(predicate: ((value: unknown) => boolean) | undefined): (value: unknown) => boolean {
  if (predicate === undefined) return () => false;
  return (value) => {
    try {
      return predicate(value);
    } catch {
      return false;
    }
  };
}

function unknownMethod(what: string, method: string, known: readonly string[]): CutoverError {
  const near = suggest(method, known);
  return new CutoverError('UNKNOWN_METHOD', `${what} ${method}()`, {
    hint: near === undefined ? `it has ${known.join(', ') || 'no methods'}` : `did you mean ${near}()?`,
  });
}

function unknownFlag(runtime: Runtime, name: string): CutoverError {
  const known = allFlagNames(runtime.names);
  const near = suggest(name, known);
  return new CutoverError('UNKNOWN_FLAG', `there is no flag "${name}"`, {
    hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}
