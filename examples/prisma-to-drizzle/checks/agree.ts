// Both sides answer alike, over rows of the real database: node checks/agree.ts <repository>. Reads only.
import { isDeepStrictEqual } from 'node:util';
import { openPool } from '../app/database.ts';
import { withDrizzle } from '../app/drizzle/index.ts';
import { withPrisma } from '../app/prisma/index.ts';
import { READS } from '../app/reads.ts';
import type { Repositories } from '../app/types.ts';

type Ask = (of: Repositories) => Promise<unknown>;

const ids = Array.from({ length: 30 }, (_, index) => index + 1);
const day = (n: number): Date => new Date(Date.UTC(2026, 2, 28 + n));
const ASKED: { readonly [R in keyof Repositories]: readonly Ask[] } = {
  user: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.user.find(id),
    ),
    (of) => of.user.list(),
  ],
  customer: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.customer.find(id),
    ),
    (of) => of.customer.search('%', 20),
    (of) => of.customer.search('ros', 20),
    (of) => of.customer.withOpenRepairs(5),
  ],
  bike: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.bike.find(id),
    ),
    (of) => of.bike.available(20),
  ],
  item: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.item.find(id),
    ),
    (of) => of.item.list('parts'),
    (of) => of.item.lowStock(),
  ],
  repair: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.repair.find(id),
    ),
    ...[0, 1, 2].map(
      (n): Ask =>
        (of) =>
          of.repair.between(day(n), day(n + 1)),
    ),
  ],
  transaction: [
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.transaction.find(id),
    ),
    ...ids.map(
      (id): Ask =>
        (of) =>
          of.transaction.forCustomer(id, 5),
    ),
    (of) => of.transaction.revenue(day(0), day(9)),
  ],
};
/** Somebody may write between the two answers: a difference is one that stays. */
const ATTEMPTS = 5;

const [name = ''] = process.argv.slice(2);
if (!Object.hasOwn(READS, name)) throw new Error(`one of ${Object.keys(READS).join(', ')}, not "${name}"`);
const asked = ASKED[name as keyof Repositories];
const pools = [1, 2].map(() => openPool(process.env['DATABASE_URL'] ?? '', 2));
const [one, other] = pools;
if (one === undefined || other === undefined) throw new Error('no pools');
const control = withPrisma(one);
const candidate = withDrizzle(other);
try {
  for (const ask of asked) await agree(ask);
  console.log(`${name}: ${asked.length} questions answered alike`);
} finally {
  await Promise.all(pools.map((pool) => pool.end()));
}

async function agree(ask: Ask): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const [expected, found] = await Promise.all([ask(control), ask(candidate)]);
    if (isDeepStrictEqual(expected, found)) return;
    if (attempt < ATTEMPTS) continue;
    throw new Error(
      `${String(ask)}\n  control   ${JSON.stringify(expected)}\n  candidate ${JSON.stringify(found)}`,
    );
  }
}
