import type { Difference } from './diff.ts';

/**
 * Counts what a call sends to the database: a query for each row gives the same answer as one for all, so that no
 * comparison of answers finds it. `queryCounter()` of `cutover/node` makes one.
 */
export interface QueryCounter {
  /** To be called whenever a query is sent. Counts for the call that sent it; outside of one it counts nowhere. */
  sent(): void;
  /** @returns what `work` gave, and how many queries it sent. Rejects with what `work` rejects with */
  during<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly queries: number }>;
}

/** A client may put queries of one moment together: fewer than this are not set against each other. */
const LEAST_QUERIES = 1;

/** The candidate sends more than twice as many queries as control, and one; `undefined` when it does not. */
export function queriesDifference(control: number, candidate: number): Difference | undefined {
  if (candidate <= 2 * Math.max(LEAST_QUERIES, control) + 1) return undefined;
  const note = 'more than twice as many queries, as when each row has one of its own';
  return { kind: 'queries', path: '', at: 'queries', note, control, candidate };
}
