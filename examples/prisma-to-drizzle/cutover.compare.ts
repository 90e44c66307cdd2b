import { queryCounter } from 'cutover/node';
import { defineComparison, type Calls } from 'cutover/testing';
import type pg from 'pg';
import { BUGS, type Bug } from './app/bugs.ts';
import { openPool, tellQueries } from './app/database.ts';
import { withDrizzle } from './app/drizzle/index.ts';
import { withPrisma } from './app/prisma/index.ts';
import { READS } from './app/reads.ts';
import { SHADOW } from './app/shadow.ts';

/**
 * Each row of a table once, in the order of its key, so that rows that are added or removed meanwhile move no page; then one that
 * is not there, which is answered too.
 */
function each(pool: pg.Pool, table: 'users' | 'customers' | 'bikes' | 'items' | 'repairs' | 'transactions') {
  return <const A extends readonly unknown[]>(argumentsOf: (row: Row) => A): Calls<A> => ({
    pages: async (after, size) => {
      const { rows } = await pool.query<Row>(`select * from ${table} where id > $1 order by id limit $2`, [
        Number(after ?? 0),
        size,
      ]);
      const isEnd = rows.length < size;
      return {
        calls: (isEnd ? [...rows, NOBODY] : rows).map((row) => argumentsOf(row)),
        next: isEnd ? null : (rows.at(-1)?.id ?? null),
      };
    },
  });
}

type Row = { readonly id: number; readonly email: string; readonly sku: string; readonly name: string };

const NOBODY: Row = { id: 2_000_000_000, email: 'nobody@shop.example', sku: 'none', name: 'Nobody' };

/** Days of the whole data set, each once. */
async function* days(pool: pg.Pool, column: 'repairs.scheduled_for' | 'transactions.created_at') {
  const [table = ''] = column.split('.');
  const { rows } = await pool.query<{ day: Date }>(
    `select distinct date_trunc('day', ${column}) as day from ${table} order by day`,
  );
  for (const { day } of rows) yield [day, new Date(day.getTime() + 86_400_000)] as [from: Date, to: Date];
}

/** Every row of all six repositories, by each of their reads: cutover compare user --all. */
export default defineComparison({
  open() {
    const url = process.env['DATABASE_URL'];
    if (url === undefined) throw new Error('DATABASE_URL says where the database is');
    // Nothing is written, whatever a read does.
    const [control, candidate, source] = [1, 2, 3].map(() => openPool(url, 4, { readOnly: true }));
    if (control === undefined || candidate === undefined || source === undefined) throw new Error('no pools');
    const queries = queryCounter();
    for (const pool of [control, candidate]) tellQueries(pool, queries);
    const bug = BUGS.find((one) => one === process.env['PLANTED_BUG']);
    return {
      control: withPrisma(control),
      candidate: withDrizzle(candidate, new Set<Bug>(bug === undefined ? [] : [bug])),
      source,
      queries,
      async close() {
        await Promise.all([control.end(), candidate.end(), source.end()]);
      },
    };
  },
  reads: READS,
  compare: SHADOW,
  calls: (pool) => ({
    user: {
      find: each(pool, 'users')(({ id }) => [id]),
      findByEmail: each(pool, 'users')(({ email }) => [email]),
      list: [[]],
    },
    customer: {
      find: each(pool, 'customers')(({ id }) => [id]),
      search: each(pool, 'customers')(({ name }) => [name.slice(0, 3), 20]),
      withOpenRepairs: [[5], [1_000]],
    },
    bike: { find: each(pool, 'bikes')(({ id }) => [id]), available: [[20], [1_000]] },
    item: {
      find: each(pool, 'items')(({ id }) => [id]),
      findBySku: each(pool, 'items')(({ sku }) => [sku]),
      list: [['parts'], ['care'], ['safety']],
      lowStock: [[]],
    },
    repair: {
      find: each(pool, 'repairs')(({ id }) => [id]),
      between: () => days(pool, 'repairs.scheduled_for'),
    },
    transaction: {
      find: each(pool, 'transactions')(({ id }) => [id]),
      forCustomer: each(pool, 'customers')(({ id }) => [id, 10]),
      revenue: () => days(pool, 'transactions.created_at'),
    },
  }),
});
