import { and, asc, eq, gte, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Bugs } from '../bugs.ts';
import { centsOf, decimalOf } from '../money.ts';
import type { Repair, Repairs } from '../types.ts';
import { inserted, type Db, type Queries } from './client.ts';
import { bikes, customers, items, repairParts, repairs, users } from './tables.ts';

export function repairsOf(db: Db, bugs: Bugs): Repairs {
  const find = async (id: number, from: Queries = db): Promise<Repair | null> =>
    (await select(from, eq(repairs.id, id), bugs))[0] ?? null;
  return {
    find: (id) => find(id),
    between: (from, to) =>
      select(db, and(gte(repairs.scheduledFor, from), lt(repairs.scheduledFor, to)), bugs),
    schedule: ({ labour, ...repair }) =>
      db.transaction(async (tx) => {
        const values = { ...repair, labour: decimalOf(labour) };
        const { id } = inserted(await tx.insert(repairs).values(values).returning({ id: repairs.id }));
        return inserted(await select(tx, eq(repairs.id, id), bugs));
      }),
    setStatus: async (id, status, at) => {
      const finishedAt = status === 'done' ? at : null;
      await db.update(repairs).set({ status, finishedAt }).where(eq(repairs.id, id));
      return find(id);
    },
    addPart: (id, itemId, quantity) =>
      db.transaction(async (tx) => {
        const [item] = await tx
          .select({ unitPrice: items.price })
          .from(items)
          .where(and(eq(items.id, itemId), isNull(items.deletedAt)));
        const found = await tx.select({ id: repairs.id }).from(repairs).where(eq(repairs.id, id));
        if (item === undefined || found.length === 0) return null;
        await tx.insert(repairParts).values({ repairId: id, itemId, quantity, ...item });
        return find(id, tx);
      }),
  };
}

const REPAIR = {
  id: repairs.id,
  customer: customers.name,
  bike: bikes.model,
  mechanic: users.name,
  status: repairs.status,
  scheduledFor: repairs.scheduledFor,
  finishedAt: repairs.finishedAt,
  labour: repairs.labour,
  notes: repairs.notes,
};

/** The planted bug 'lost time zone': the shop's wall clock, read as if it were UTC. */
const WALL_CLOCK = sql`${repairs.scheduledFor} at time zone 'Europe/Rome'`.mapWith(repairs.scheduledFor);

async function select(from: Queries, which: SQL | undefined, bugs: Bugs): Promise<readonly Repair[]> {
  const columns = bugs.has('lost time zone') ? { ...REPAIR, scheduledFor: WALL_CLOCK } : REPAIR;
  const mechanic = eq(users.id, repairs.mechanicId);
  const joined = from
    .select(columns)
    .from(repairs)
    .innerJoin(customers, eq(customers.id, repairs.customerId))
    .leftJoin(bikes, eq(bikes.id, repairs.bikeId));
  const complete = bugs.has('inner join')
    ? joined.innerJoin(users, mechanic)
    : joined.leftJoin(users, mechanic);
  const rows = await complete.where(which).orderBy(asc(repairs.scheduledFor), asc(repairs.id));
  const parts = await partsOf(
    from,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...row,
    labour: centsOf(row.labour),
    parts: parts
      .filter(({ repairId }) => repairId === row.id)
      .map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice: centsOf(unitPrice) })),
  }));
}

async function partsOf(from: Queries, ids: readonly number[]) {
  if (ids.length === 0) return [];
  return from
    .select({
      repairId: repairParts.repairId,
      sku: items.sku,
      quantity: repairParts.quantity,
      unitPrice: repairParts.unitPrice,
    })
    .from(repairParts)
    .innerJoin(items, eq(items.id, repairParts.itemId))
    .where(inArray(repairParts.repairId, [...ids]))
    .orderBy(asc(repairParts.id));
}
