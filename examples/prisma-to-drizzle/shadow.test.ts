import { createCutover } from 'cutover';
import { queriesInShadow, queryCounter } from 'cutover/node';
import { samples, shadow } from 'cutover/shadow';
import { testSource, type TestSource } from 'cutover/testing';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeMismatches, type Mismatches } from '../../src/report/index.ts';
import { startPostgres, whyNoPostgres, type Postgres } from '../../tools/postgres/server.ts';
import { BUGS, type Bug } from './app/bugs.ts';
import { createShop, openPool, resetShop, tellQueries } from './app/database.ts';
import { withDrizzle } from './app/drizzle/index.ts';
import { withPrisma } from './app/prisma/index.ts';
import { READS } from './app/reads.ts';
import { routesOf } from './app/routes.ts';
import { SHADOW } from './app/shadow.ts';
import type { Repositories } from './app/types.ts';
import plan from './cutover.config.ts';

const missing = process.env['CI'] === undefined ? whyNoPostgres() : null;

type Request = readonly [method: 'GET' | 'POST', path: string, body?: object];

/** What customers ask for, each round: reads of every repository, some of things that are not there, and writes among them. */
const ROUND: readonly Request[] = [
  ...['1', '2', '3', '999'].map((id) => ['GET', `/users/${id}`] as const),
  ['GET', '/users'],
  ['POST', '/users/4/seen'],
  ...['1', '30', '999'].map((id) => ['GET', `/customers/${id}`] as const),
  ['GET', '/customers?search=ros'],
  ['GET', '/customers/waiting'],
  ...['1', '2', '3', '40'].map((id) => ['GET', `/customers/${id}/transactions`] as const),
  ...['5', '6', '999'].map((id) => ['GET', `/bikes/${id}`] as const),
  ['GET', '/bikes'],
  ['POST', '/items/9/stock', { quantity: 1, reason: 'delivery' }],
  ...['1', '2', '999'].map((id) => ['GET', `/items/${id}`] as const),
  ['GET', '/items?category=care'],
  ['GET', '/items/low'],
  ...['1', '2', '3', '999'].map((id) => ['GET', `/repairs/${id}`] as const),
  ['GET', '/repairs'],
  ['POST', '/repairs/20/status', { status: 'in_progress' }],
  ...['11', '12', '999'].map((id) => ['GET', `/transactions/${id}`] as const),
];

describe.skipIf(missing !== null)(
  `the bike shop in the shadow${missing === null ? '' : `: ${missing}`}`,
  () => {
    let postgres: Postgres;
    let pools: Readonly<Record<'own' | 'control' | 'candidate', ReturnType<typeof openPool>>>;
    const queries = queryCounter();

    beforeAll(async () => {
      postgres = await startPostgres();
      const url = await postgres.createDatabase('shop');
      await createShop(url);
      const readOnly = { readOnly: true };
      pools = {
        own: openPool(url),
        control: openPool(url, 4, readOnly),
        candidate: openPool(url, 4, readOnly),
      };
      tellQueries(pools.control, queries);
      tellQueries(pools.candidate, queries);
    });
    afterAll(async () => {
      for (const pool of Object.values(pools ?? {})) await pool.end();
      await postgres?.stop();
    });

    /** The shop as it is before anything is exposed: control serves everything, the candidate is in the shadow. */
    function open(bug?: Bug): { readonly source: TestSource; readonly app: Hono } {
      const source = testSource({ plan, staleAfterMs: 1e9 });
      const cutover = createCutover(plan, {
        source,
        // Times of this machine are not what is tried here.
        shadow: shadow({
          inFlight: 50,
          samples: samples(),
          recheckMs: 50,
          compareMs: 5_000,
          deadline: { least: 20_000, most: 20_000 },
        }),
      });
      const control = withPrisma(pools.own);
      const bugs = new Set(bug === undefined ? [] : [bug]);
      const served = { control, candidate: withDrizzle(pools.own, bugs) };
      const shadowed = { control: withPrisma(pools.control), candidate: withDrizzle(pools.candidate, bugs) };
      const optionsOf = <R extends keyof Repositories>(name: R) => ({
        control: served.control[name],
        candidate: served.candidate[name],
        shadow: {
          ...SHADOW[name],
          ...queriesInShadow(queries, {
            control: shadowed.control[name],
            candidate: shadowed.candidate[name],
          }),
        },
      });
      const repositories: Repositories = {
        user: cutover.repository('user', { ...optionsOf('user'), reads: READS.user }),
        customer: cutover.repository('customer', { ...optionsOf('customer'), reads: READS.customer }),
        bike: cutover.repository('bike', { ...optionsOf('bike'), reads: READS.bike }),
        item: cutover.repository('item', { ...optionsOf('item'), reads: READS.item }),
        repair: cutover.repository('repair', { ...optionsOf('repair'), reads: READS.repair }),
        transaction: cutover.repository('transaction', {
          ...optionsOf('transaction'),
          reads: READS.transaction,
        }),
      };
      source.change({ shadow: { all: 10_000, repositories: {} } });
      return {
        source,
        app: routesOf({ cutover, repositories, beacon: undefined, close: async () => cutover.close() }),
      };
    }

    /** Some rounds of traffic, and what the shadow has reported when all that it drew has ended. */
    async function traffic(
      { source, app }: ReturnType<typeof open>,
      rounds: readonly (readonly Request[])[],
    ): Promise<Mismatches> {
      const reported: Parameters<typeof mergeMismatches>[0][number][] = [];
      for (const round of rounds) {
        const requests = round.map(async ([method, path, body]) => {
          const headers = { 'content-type': 'application/json', 'x-user': 'ana' };
          const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
          const { status } = await app.request(path, init);
          expect([200, 404], `${method} ${path}`).toContain(status);
        });
        await Promise.all(requests);
        for (;;) {
          const { shadow: batch } = source.collect();
          if (batch !== undefined) reported.push({ instance: 'till-1', epoch: 1, shadow: batch });
          const { operations } = mergeMismatches(reported);
          const sampled = operations.reduce((sum, one) => sum + one.sampled, 0);
          const ended = operations.flatMap(({ states }) => Object.values(states)).reduce((a, b) => a + b, 0);
          if (sampled > 0 && sampled === ended) break;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
      return mergeMismatches(reported);
    }

    /** Rounds with a sale in each. */
    function rounds(count: number): readonly (readonly Request[])[] {
      const sale = { customerId: 7, cashierId: 2, payment: 'approved', items: [{ id: 12, quantity: 1 }] };
      return Array.from({ length: count }, (_, round) => {
        const order = { ...sale, reference: `00000000-0000-4000-8000-${String(round).padStart(12, '0')}` };
        return [...ROUND, ['POST', '/checkout', order]];
      });
    }

    const counted = ({ groups }: Mismatches): readonly string[] =>
      groups
        .filter(({ ignored }) => ignored === undefined)
        .map(({ repository, operation, kind, path }) => `${repository}.${operation} ${kind} ${path}`.trim())
        .toSorted();

    it('finds nothing where nothing is planted, whatever is written meanwhile', async () => {
      await resetShop(pools.own);
      const shop = open();
      const found = await traffic(shop, rounds(3));
      expect(counted(found), JSON.stringify(found.groups)).toEqual([]);
      expect(found.operations).toHaveLength(14);
      // Answers between which something was written may all have been taken for noise; now nobody writes.
      const quiet = await traffic(shop, [ROUND.filter(([method]) => method === 'GET')]);
      const states = quiet.operations.map(
        ({ operation, states: of }) => [operation, Object.keys(of)] as const,
      );
      expect(states).toHaveLength(14);
      for (const [operation, names] of states) expect(names, operation).toContain('match');
    });

    /** Each by what it is, and by nothing else. */
    const FOUND: Readonly<Record<Bug, readonly string[]>> = {
      'decimal as text': ['item.find type price'],
      'lost time zone': ['repair.between value [].scheduledFor', 'repair.find value scheduledFor'],
      'inner join': ['repair.between missing []', 'repair.find missing'],
      'missing order': ['customer.search order'],
      'undefined for null': ['user.find null-or-absent'],
      'a query a row': ['transaction.forCustomer error-or-value'],
      'limit before join': ['customer.withOpenRepairs missing []'],
    };

    it.each(BUGS)('finds the planted bug, and nothing else: %s', async (bug) => {
      await resetShop(pools.own);
      const found = await traffic(open(bug), rounds(2));
      expect(counted(found), JSON.stringify(found.groups)).toEqual(FOUND[bug]);
      if (bug !== 'a query a row') return;
      const [group] = found.groups;
      expect(group?.sample?.candidate).toBe('‹TooManyQueries›');
    });
  },
);
