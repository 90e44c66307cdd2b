import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { createCutover } from 'cutover';
import { shadow, type ShadowOptions } from 'cutover/shadow';
import { testSource } from 'cutover/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPrisma } from '../examples/prisma-to-drizzle/app/prisma/client.ts';
import type { ShadowBatch } from '../src/measure/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../tools/postgres/server.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;
/** As the third plan has it: eight connections in all, here six to serve with and two to compare with. */
const [SERVING, COMPARING] = [6, 2];
const ORDERS = pgTable('orders', { id: integer().primaryKey(), state: text().notNull() });
const plan = { id: 'swap', repositories: { order: {} } };

type Order = { readonly id: number; readonly state: string };
type Find = (id: number) => Promise<unknown>;

const find = (pool: pg.Pool): Find => {
  return async (id) => (await pool.query<Order>('select id, state from orders where id = $1', [id])).rows;
};

describe.skipIf(missing !== null)(`shadowing on PostgreSQL${missing === null ? '' : `: ${missing}`}`, () => {
  let server: Postgres;
  let admin: pg.Client;
  let pool: pg.Pool;
  let own: pg.Pool;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: await server.createDatabase('shop') });
    await admin.connect();
    await admin.query(`
      create table orders (id int primary key, state text not null);
      insert into orders select n, 'open' from generate_series(1, 100) n;
      create sequence numbers;
      create function seen(which int) returns int language sql as
        'update orders set state = ''seen'' where id = which returning id';
      create role shop login password 'shop' connection limit ${SERVING + COMPARING};
      grant all on orders, numbers to shop;
    `);
  });
  afterAll(async () => {
    await admin.end();
    await server.stop();
  });
  beforeEach(() => {
    const url = new URL(server.url('shop'));
    [url.username, url.password] = ['shop', 'shop'];
    const open = (max: number, name: string, options?: string): pg.Pool =>
      new pg.Pool({
        connectionString: url.href,
        max,
        application_name: name,
        ...(options === undefined ? {} : { options }),
      });
    pool = open(SERVING, 'serving');
    own = open(COMPARING, 'comparing', '-c default_transaction_read_only=on');
    for (const one of [pool, own]) one.on('error', () => {});
  });
  afterEach(async () => {
    // What hangs on purpose, too.
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop'`);
    await Promise.all([pool.end(), own.end()]);
  });

  function setUp(candidate: Find, inShadow: Find, options: ShadowOptions = {}) {
    const source = testSource({ plan });
    const cutover = createCutover(plan, {
      source,
      shadow: shadow({ twice: 0, recheckMs: 1, pool, own, ...options }),
    });
    const orders = cutover.repository('order', {
      control: { find: find(pool) },
      candidate: { find: candidate },
      reads: ['find'],
      shadow: { control: { find: find(own) }, candidate: { find: inShadow } },
    });
    source.change({ shadow: { all: 10_000, repositories: {} } });
    const seen: ShadowBatch[] = [];
    const states = (): Readonly<Record<string, number>> => {
      seen.push(...(source.collect().shadow ?? []));
      const sum: Record<string, number> = {};
      for (const batch of seen) {
        const { sampled } = batch;
        for (const [name, count] of Object.entries({ sampled, ...batch.states, ...batch.reasons }))
          sum[name] = (sum[name] ?? 0) + count;
      }
      return sum;
    };
    return { source, orders, states };
  }

  const settled = (states: () => Readonly<Record<string, number>>, calls: number) =>
    expect
      .poll(
        () => {
          const { sampled = 0, dropped = 0, timedOut = 0, failed = 0, match = 0, mismatch = 0 } = states();
          return [sampled, dropped + timedOut + failed + match + mismatch];
        },
        { timeout: 30_000 },
      )
      .toEqual([calls, calls]);

  it('takes two connections at most, whatever the candidate asks at once and however long', async () => {
    let begun = 0;
    const several: Find = async (id) => {
      begun += 1;
      const hangs = begun === 2;
      const asked = await Promise.all([1, 2, 3, 4].map(() => find(own)(id)));
      if (hangs) await own.query('select pg_sleep(60)');
      return asked[0];
    };
    const { orders, states } = setUp(find(pool), several, { connections: COMPARING, inFlight: 10 });
    const most: Record<string, number> = {};
    let isOver = false;
    const watched = (async () => {
      while (!isOver) {
        const { rows } = await admin.query<{ name: string; count: number }>(
          `select application_name as name, count(*)::int from pg_stat_activity where usename = 'shop' group by 1`,
        );
        for (const { name, count } of rows) most[name] = Math.max(most[name] ?? 0, count);
      }
    })();
    for (let round = 0; round < 10; round += 1) {
      const ids = Array.from({ length: 20 }, (_, at) => at + 1);
      // A ninth connection would be an error of the caller.
      expect(await Promise.all(ids.map((id) => orders.find(id)))).toEqual(
        ids.map((id) => [{ id, state: 'open' }]),
      );
    }
    await settled(states, 200);
    isOver = true;
    await watched;
    expect(most['comparing']).toBeLessThanOrEqual(COMPARING);
    expect(states()).toMatchObject({ timedOut: expect.any(Number), dropped: expect.any(Number) });
    const { match = 0, timedOut = 0 } = states();
    expect([match + timedOut > 0, timedOut <= COMPARING]).toEqual([true, true]);
  });

  it('is nothing while callers wait for a connection, and goes on when they do not', async () => {
    const { orders, states } = setUp(find(pool), find(own));
    const held = await Promise.all(Array.from({ length: SERVING - 1 }, () => pool.connect()));
    const calls = Array.from({ length: 10 }, (_, at) => orders.find(at + 1));
    expect(pool.waitingCount).toBeGreaterThan(0);
    await Promise.all(calls);
    await settled(states, 10);
    expect(states()['pool']).toBeGreaterThanOrEqual(5);
    const { match = 0 } = states();
    for (const client of held) client.release();
    await orders.find(1);
    await settled(states, 11);
    expect(states()['match']).toBe(match + 1);
  });

  const writes: readonly (readonly [what: string, said: string, make: () => Find])[] = [
    ['nextval', 'nextval()', () => async () => (await own.query(`select nextval('numbers')`)).rows],
    [
      'a row that is locked',
      'SELECT FOR UPDATE',
      () => async (id) => (await own.query('select * from orders where id = $1 for update', [id])).rows,
    ],
    [
      'a function that updates',
      'UPDATE',
      () => async (id) => (await own.query('select seen($1)', [id])).rows,
    ],
    [
      'a row that Drizzle locks',
      'SELECT FOR UPDATE',
      () => async () => drizzle({ client: own }).select().from(ORDERS).for('update'),
    ],
    [
      'nextval in Drizzle',
      'nextval()',
      () => async () => drizzle({ client: own }).execute(sql`select nextval('numbers')`),
    ],
    [
      'nextval in Prisma',
      'nextval()',
      () => async () => openPrisma(own).$queryRaw`select nextval('numbers')`,
    ],
  ];
  it.each(writes)('refuses a read that writes, and names it: %s', async (_, said, make) => {
    const before = await admin.query('select * from numbers');
    const { source, orders, states } = setUp(find(pool), make());
    expect(await orders.find(1)).toEqual([{ id: 1, state: 'open' }]);
    await settled(states, 1);
    expect(source.status().notes).toEqual([
      `order.find is not shadowed: it writes: cannot execute ${said} in a read-only transaction`,
    ]);
    await orders.find(1);
    expect(states()).toMatchObject({ sampled: 1, failed: 1 });
    expect((await admin.query('select * from numbers')).rows).toEqual(before.rows);
    expect((await admin.query(`select 1 from orders where state <> 'open'`)).rows).toEqual([]);
  });
});
