import type pg from 'pg';

/** What a case has besides the repository that it is about: the database, as it was seeded for it. */
export type World = {
  readonly pool: pg.Pool;
  /** How many queries the work took, on the side that took more. */
  readonly queriesOf: (work: () => Promise<unknown>) => Promise<number>;
};

/** By its title. Data, so that a test can run them against a candidate with a planted bug and look at which ones fail. */
export type Cases<C> = Readonly<Record<string, (repository: C, world: World) => Promise<void>>>;
