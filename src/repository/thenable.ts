export type Settle = {
  resolved(value: unknown): void;
  rejected(error: unknown): void;
};

/**
 * Watches a result settle and hands it on. A native promise gives one that settles the same way, so that an
 * unhandled rejection stays one. Any other thenable may be lazy and run its query anew at every `then` (Drizzle's
 * builders do): it is never subscribed to here, only the caller's own `then` is listened to.
 */
export function observe(result: PromiseLike<unknown>, settle: Settle): PromiseLike<unknown> {
  if (result instanceof Promise && result.constructor === Promise) {
    return result.then(
      (value) => {
        settle.resolved(value);
        return value;
      },
      (error: unknown) => {
        settle.rejected(error);
        throw error;
      },
    );
  }
  return observeLazy(result, settle);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

type Then = (
  onResolved?: ((value: unknown) => unknown) | null,
  onRejected?: ((error: unknown) => unknown) | null,
) => unknown;

function observeLazy(result: PromiseLike<unknown>, settle: Settle): PromiseLike<unknown> {
  const then: Then = (onResolved, onRejected) =>
    result.then(
      (value) => {
        settle.resolved(value);
        return typeof onResolved === 'function' ? onResolved(value) : value;
      },
      (error: unknown) => {
        settle.rejected(error);
        if (typeof onRejected === 'function') return onRejected(error);
        throw error;
      },
    );
  /* oxlint-disable unicorn/no-thenable -- a query builder has a `then`, and this stands in for it */
  const own: Readonly<Record<string, unknown>> = {
    then,
    catch: (onRejected: (error: unknown) => unknown) => then(undefined, onRejected),
    finally: (onSettled: () => void) => Promise.resolve({ then } as PromiseLike<unknown>).finally(onSettled),
  };
  /* oxlint-enable unicorn/no-thenable */
  return new Proxy(result, {
    get(target, name) {
      const mine = typeof name === 'string' ? own[name] : undefined;
      if (mine !== undefined && Reflect.has(target, name)) return mine;
      const value: unknown = Reflect.get(target, name);
      // Bound to the real one: its private fields are not the proxy's.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
