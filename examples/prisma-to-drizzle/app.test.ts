import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, whyNoPostgres, type Postgres } from '../../tools/postgres/server.ts';
import { BUGS, type Bug } from './app/bugs.ts';
import { countQueries, createShop, openPool, resetShop } from './app/database.ts';
import { withDrizzle } from './app/drizzle/index.ts';
import { withPrisma } from './app/prisma/index.ts';
import type { Repositories } from './app/types.ts';
import type { World } from './suite/case.ts';
import { runByHand } from './suite/by-hand.ts';
import { describeShop, type Sides } from './suite/shop.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;

describe.skipIf(missing !== null)(
  `the two data layers of the bike shop${missing === null ? '' : `: ${missing}`}`,
  () => {
    let postgres: Postgres;
    let pools: readonly ReturnType<typeof openPool>[] = [];
    let world: World;
    let open: (bug?: Bug) => Sides;

    beforeAll(async () => {
      postgres = await startPostgres();
      const url = await postgres.createDatabase('shop');
      await createShop(url);
      const [own, control, candidate] = (pools = [openPool(url), openPool(url), openPool(url)]);
      if (own === undefined || control === undefined || candidate === undefined) throw new Error('no pool');
      const counts = [countQueries(control), countQueries(candidate)];
      open = (bug) => ({
        control: withPrisma(control),
        candidate: withDrizzle(candidate, new Set(bug === undefined ? [] : [bug])),
      });
      world = {
        pool: own,
        async queriesOf(work) {
          const before = counts.map((count) => count());
          await work();
          return Math.max(...counts.map((count, index) => count() - (before[index] ?? 0)));
        },
      };
    });
    beforeEach(() => resetShop(world.pool));
    afterAll(async () => {
      for (const pool of pools) await pool.end();
      await postgres?.stop();
    });

    let sides: Sides | undefined;
    describeShop(
      () => (sides ??= open()),
      () => world,
      { describe, beforeEach, it },
    );

    /** Where the suite fails when a bug is planted, the case that is about it first. */
    const FOUND: Readonly<Record<Bug, readonly [keyof Repositories, readonly string[]]>> = {
      'decimal as text': ['item', ['finds by number and by SKU, in cents and basis points']],
      'lost time zone': [
        'repair',
        [
          'finds one with its parts, in order',
          'lists a day in summer time, also what nobody has taken',
          'schedules one',
        ],
      ],
      'inner join': [
        'repair',
        [
          'finds one that no mechanic has taken',
          'lists a day in summer time, also what nobody has taken',
          'schedules one',
        ],
      ],
      'missing order': ['customer', ['searches by name, and by name only in that order']],
      'undefined for null': [
        'user',
        ['says null for who is not there', 'removes without forgetting', 'replaces preferences'],
      ],
      'a query a row': ['transaction', ["lists a customer's newest, in a fixed number of questions"]],
      'limit before join': ['customer', ['finds the first who wait for a repair']],
    };

    async function failing(repository: keyof Repositories, bug?: Bug): Promise<readonly string[]> {
      const planted = open(bug);
      const failed = await runByHand(
        () => resetShop(world.pool),
        (runner) =>
          describeShop(
            () => planted,
            () => world,
            runner,
            repository,
          ),
      );
      return failed.map(({ title }) => title).toSorted();
    }

    it.each(BUGS)('fail the suite where they have to, with the planted bug: %s', async (bug) => {
      const [repository, titles] = FOUND[bug];
      const on = (variant: string) => titles.map((title) => `${repository} › ${variant} › ${title}`);
      const failed = await failing(repository, bug);
      expect(failed.filter((title) => title.includes(' › control › '))).toEqual([]);
      expect(failed.filter((title) => title.includes(' › candidate › '))).toEqual(on('candidate').toSorted());
      // Compared, any difference of a read fails, also in a case that looks at something else.
      expect(failed).toEqual(expect.arrayContaining(on('both, compared').slice(0, 1)));
    });

    it('pass the same by hand without one', async () => {
      expect(await failing('user')).toEqual([]);
    });
  },
);
