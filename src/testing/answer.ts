/**
 * How one side answered a read, as `compare` is given it. A rejected promise has thrown, a resolved one has returned.
 *
 * @example
 * const failed = (answer: Answer): boolean => answer.kind === 'thrown';
 */
export type Answer =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly error: unknown };

/**
 * The call that both sides answered, as `compare` is given it.
 *
 * @example
 * const isCount = (call: AskedCall): boolean => call.operation === 'count';
 */
export type AskedCall = { readonly operation: string; readonly args: readonly unknown[] };

/** What a call came to before anything was awaited. `isPromised`: the value is a promise, or another thenable. */
export type Begun = Answer & { readonly isPromised: boolean };

/** Makes a call and keeps what it throws. */
export function begin(call: () => unknown): Begun {
  try {
    const value = call();
    return { kind: 'returned', value, isPromised: isThenable(value) };
  } catch (error) {
    return { kind: 'thrown', error, isPromised: false };
  }
}

/** Waits for what was begun. Rejects never. */
export async function settle(begun: Begun): Promise<Answer> {
  if (begun.kind === 'thrown') return begun;
  try {
    return { kind: 'returned', value: await begun.value };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

/** What the answer was, for whoever asked. */
export function handOn(answer: Answer): unknown {
  if (answer.kind === 'thrown') throw answer.error;
  return answer.value;
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
