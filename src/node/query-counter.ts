import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryCounter } from '../compare/index.ts';

/**
 * Counts queries by the call that sends them, for `shadow({ queries })` and `cutover compare`. Tell it of each query where
 * the application asks its pool: whoever comes later may be in another call's turn.
 *
 * @example
 * const queries = queryCounter();
 * const query = pool.query.bind(pool);
 * pool.query = (...args) => { queries.sent(); return query(...args); };
 */
export function queryCounter(): QueryCounter {
  const calls = new AsyncLocalStorage<{ queries: number }>();
  return {
    sent() {
      const call = calls.getStore();
      if (call !== undefined) call.queries += 1;
    },
    async during(work) {
      const call = { queries: 0 };
      const value = await calls.run(call, work);
      return { value, queries: call.queries };
    },
  };
}
