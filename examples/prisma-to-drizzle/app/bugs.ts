/**
 * What really goes wrong when an ORM is swapped, one of each kind, planted in the Drizzle side for the tests: they show that
 * the suite that runs on both sides finds it. None is on by default.
 */
export const BUGS = [
  /** `sql<number>` of a numeric column: typed a number, and text when it runs. */
  'decimal as text',
  /** `at time zone` turns a moment into a wall clock, which is then read as UTC. */
  'lost time zone',
  /** A repair that no mechanic has taken is not in the list. */
  'inner join',
  /** Prisma's `orderBy` was not carried over: rows come as they lie. */
  'missing order',
  /** Prisma's `findUnique` says null; the first element of no rows is undefined. */
  'undefined for null',
  /** Prisma's `include` became a query for each row. */
  'a query a row',
  /** The first five customers, then those of them who wait for a repair. */
  'limit before join',
] as const;

export type Bug = (typeof BUGS)[number];
export type Bugs = ReadonlySet<Bug>;

/** What an environment variable names, divided by commas, for a shop that has something to show. */
export function bugsOf(text = ''): Bugs {
  const named = text.split(',').map((name) => name.trim());
  return new Set(BUGS.filter((bug) => named.includes(bug)));
}
