import { queriesDifference, type QueryCounter } from '../compare/index.ts';

/** What a read in the shadow fails with that has the right answer and took a query for each row to find it. */
export class TooManyQueries extends Error {
  override readonly name = 'TooManyQueries';
}

/**
 * Finds a query for each row in the shadow, for `repository(name, { shadow })`: a read of the candidate that sends more than
 * twice as many queries as control ever needed for it, and one more, fails there with `TooManyQueries`, so that it is a
 * mismatch like any other. Nobody knows what control needs until it is asked in the shadow, too: the first such read makes
 * the shadow ask both sides once more, and is none if control needs as many.
 *
 * @param queries told of each query that the implementations given here send
 * @example
 * const queries = queryCounter();
 * cutover.repository('order', { control, candidate, reads, shadow: queriesInShadow(queries, { control: one, candidate: other }) });
 */
export function queriesInShadow<C extends object, D extends object>(
  queries: QueryCounter,
  { control, candidate }: { readonly control: C; readonly candidate: D },
): { readonly control: C; readonly candidate: D } {
  /** By operation, the most that one call of control has sent. */
  const most = new Map<string, number>();
  return {
    control: counted(control, queries, (operation, sent) => {
      most.set(operation, Math.max(most.get(operation) ?? 0, sent));
    }),
    candidate: counted(candidate, queries, (operation, sent) => {
      const needed = most.get(operation) ?? 0;
      if (queriesDifference(needed, sent) !== undefined)
        throw new TooManyQueries(`sent ${sent} queries, control at most ${needed}`);
    }),
  };
}

/** The same object, each of whose methods says how many queries it sent, once it has answered. */
function counted<C extends object>(
  side: C,
  queries: QueryCounter,
  ended: (operation: string, sent: number) => void,
): C {
  return new Proxy(side, {
    // Of the object itself: its private fields are no proxy's.
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function' || typeof name !== 'string') return method;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const { value, queries: sent } = await queries.during(
          async () => Reflect.apply(method, target, args) as unknown,
        );
        ended(name, sent);
        return value;
      };
    },
  });
}
