import type { Clock } from '../kernel/index.ts';
import type { OperationCell } from '../measure/index.ts';
import type { Side } from '../route/index.ts';
import type { Fallback, RepositoryGuard } from './hooks.ts';
import type { ShadowedCall, ShadowedRead } from './shadow.ts';
import { isThenable, observe, type Settle } from './thenable.ts';

/** What the wrapped members need from the runtime. `choose` throws nothing. */
export type Routing = {
  readonly clock: Clock;
  /** @param now monotonic milliseconds, the start of the call */
  choose(now: number): Side;
  cell(operation: string, side: Side): OperationCell;
  /** What runs a read on the other side too; `undefined` for every other method. */
  shadow?(operation: string): ShadowedRead | undefined;
  /** Told of each call of the candidate; absent without a guard. */
  readonly guard?: Pick<RepositoryGuard, 'began' | 'ended'>;
  /** Answers for a candidate that failed; absent for what is not to be. */
  fallback?(operation: string): Fallback | undefined;
  /** Whether this call is part of a transaction, which only one side is in. */
  inTransaction(): boolean;
  /** Throws when a write is reached from a read in the shadow; absent for reads. */
  refusal?(operation: string): (() => void) | undefined;
  /** Whether a returned value is an error. Throws nothing. */
  isError(result: unknown): boolean;
  /** Whether an error is not the implementation's fault. Throws nothing. */
  isIgnored(error: unknown): boolean;
};

/**
 * An object of control's type, each of whose members is served by the side that `choose` names. Members are those
 * that control has now, its own and inherited. Methods run with their own implementation as `this`.
 */
export function wrap<C extends object>(control: C, candidate: object, routing: Routing): C {
  const wrapped: object = Object.create(Object.getPrototypeOf(control) as object | null);
  for (const [name, descriptor] of members(control)) {
    const method: unknown = descriptor.value;
    Object.defineProperty(wrapped, name, {
      configurable: true,
      enumerable: descriptor.enumerable ?? false,
      ...(typeof method === 'function'
        ? { writable: true, value: routedMethod(name, control, candidate, routing) }
        : routedValue(name, control, candidate, routing)),
    });
  }
  return wrapped as C;
}

/** Names of control's methods, its own and inherited. */
export function methodNames(control: object): readonly string[] {
  return [...members(control)].flatMap(([name, { value }]) =>
    typeof name === 'string' && typeof value === 'function' ? [name] : [],
  );
}

function members(control: object): ReadonlyMap<PropertyKey, PropertyDescriptor> {
  const found = new Map<PropertyKey, PropertyDescriptor>();
  for (
    let at: object | null = control;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Reflect.ownKeys(at)) {
      const descriptor = Object.getOwnPropertyDescriptor(at, name);
      if (name !== 'constructor' && descriptor !== undefined && !found.has(name)) found.set(name, descriptor);
    }
  }
  return found;
}

/** A property that is not a method: read from, and written to, the side that serves now. */
function routedValue(
  name: PropertyKey,
  control: object,
  candidate: object,
  routing: Routing,
): PropertyDescriptor {
  const side = (): object =>
    routing.choose(routing.clock.monotonic()) === 'candidate' ? candidate : control;
  return {
    get: (): unknown => {
      const from = side();
      return Reflect.get(from, name, from);
    },
    set: (value: unknown): void => {
      const to = side();
      Reflect.set(to, name, value, to);
    },
  };
}

type Method = (...args: readonly unknown[]) => unknown;
type Methods = Readonly<Record<PropertyKey, unknown>>;

function routedMethod(name: PropertyKey, control: object, candidate: object, routing: Routing): Method {
  const { clock } = routing;
  const operation = String(name);
  const controlCell = routing.cell(operation, 'control');
  const candidateCell = routing.cell(operation, 'candidate');
  const shadow = routing.shadow?.(operation);
  const refuse = routing.refusal?.(operation);
  const fallback = routing.fallback?.(operation);
  const method: Method = (...args) => {
    refuse?.();
    const began = clock.monotonic();
    const isCandidate = routing.choose(began) === 'candidate';
    const cell = isCandidate ? candidateCell : controlCell;
    const implementation = isCandidate ? candidate : control;
    const shadowed = shadow?.begin(args, isCandidate ? 'candidate' : 'control', began);
    // Asked last: it looks for the scope, which every call would pay for.
    const rescuer = fallback !== undefined && isCandidate && !routing.inTransaction() ? fallback : undefined;
    const asked = rescuer?.stamp(args);
    if (isCandidate) routing.guard?.began();
    let result: unknown;
    try {
      result = Reflect.apply((implementation as Methods)[name] as Method, implementation, args);
    } catch (error) {
      new Call(routing, cell, began, isCandidate, undefined).rejected(error);
      shadowed?.atOnce(true);
      throw error;
    }
    if (isThenable(result)) {
      const observed = observe(result, new Call(routing, cell, began, isCandidate, shadowed));
      // A query that runs when it is awaited is the caller's to await.
      if (rescuer === undefined || !(observed instanceof Promise)) return observed;
      return rescuer.rescue(observed, askingAgain(control, name, args), args, asked, clock);
    }
    new Call(routing, cell, began, isCandidate, undefined).resolved(result);
    shadowed?.atOnce(false);
    return result;
  };
  Object.defineProperty(method, 'name', { value: operation });
  return method;
}

/** Outside of the method: what a closure there holds on to is allocated for every call, also of those that need none. */
function askingAgain(control: object, name: PropertyKey, args: readonly unknown[]): () => unknown {
  return () => Reflect.apply((control as Methods)[name] as Method, control, args);
}

/** A call that was begun. One object for each, with its ends as methods: four functions for each cost more. */
class Call implements Settle {
  readonly #routing: Routing;
  readonly #cell: OperationCell;
  readonly #began: number;
  readonly #isCandidate: boolean;
  readonly #shadowed: ShadowedCall | undefined;

  constructor(
    routing: Routing,
    cell: OperationCell,
    began: number,
    isCandidate: boolean,
    shadowed: ShadowedCall | undefined,
  ) {
    this.#routing = routing;
    this.#cell = cell;
    this.#began = began;
    this.#isCandidate = isCandidate;
    this.#shadowed = shadowed;
  }

  resolved(result: unknown): void {
    this.#cell.finished(this.#routing.clock.monotonic() - this.#began);
    const isFailure = this.#routing.isError(result) && note(this.#cell, result, this.#routing);
    if (this.#isCandidate) this.#routing.guard?.ended(isFailure);
    this.#shadowed?.ended(result, false);
  }

  rejected(error: unknown): void {
    this.#cell.finished(this.#routing.clock.monotonic() - this.#began);
    const isFailure = note(this.#cell, error, this.#routing);
    if (this.#isCandidate) this.#routing.guard?.ended(isFailure);
    this.#shadowed?.ended(error, true);
  }
}

/** @returns whether it is a failure of the implementation */
function note(cell: OperationCell, error: unknown, routing: Routing): boolean {
  if (routing.isIgnored(error)) {
    cell.ignoredError();
    return false;
  }
  cell.failed(error);
  return true;
}
