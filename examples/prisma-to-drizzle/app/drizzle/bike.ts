import { and, asc, eq, isNull } from 'drizzle-orm';
import { basisPointsOf, centsOf, decimalOf, rateOf } from '../money.ts';
import type { Bike, Bikes } from '../types.ts';
import { inserted, unlessTaken, type Db } from './client.ts';
import { bikes } from './tables.ts';

type Row = typeof bikes.$inferSelect;

export function bikesOf(db: Db): Bikes {
  const present = (id: number) => and(eq(bikes.id, id), isNull(bikes.deletedAt));
  const first = (rows: readonly Row[]): Bike | null => (rows[0] === undefined ? null : bikeOf(rows[0]));
  return {
    find: async (id) => first(await db.select().from(bikes).where(present(id))),
    available: async (limit) =>
      (
        await db
          .select()
          .from(bikes)
          .where(and(eq(bikes.status, 'available'), isNull(bikes.deletedAt)))
          .orderBy(asc(bikes.price), asc(bikes.id))
          .limit(limit)
      ).map(bikeOf),
    create: async ({ serialNumber, model, price, tax, specs }) => {
      const values = { serialNumber, model, price: decimalOf(price), taxRate: rateOf(tax), specs };
      const rows = db.insert(bikes).values(values).returning().execute();
      return bikeOf(inserted(await unlessTaken(serialNumber, rows)));
    },
    reserve: async (id, reservedFor, reservedUntil) =>
      first(
        await db
          .update(bikes)
          .set({ status: 'reserved', reservedFor, reservedUntil })
          .where(and(present(id), eq(bikes.status, 'available')))
          .returning(),
      ),
    release: async (id) =>
      first(
        await db
          .update(bikes)
          .set({ status: 'available', reservedFor: null, reservedUntil: null })
          .where(and(present(id), eq(bikes.status, 'reserved')))
          .returning(),
      ),
  };
}

export function bikeOf(row: Row): Bike {
  const { id, serialNumber, model, status, price, taxRate, specs, reservedFor, reservedUntil } = row;
  return {
    id,
    serialNumber,
    model,
    status,
    price: centsOf(price),
    tax: basisPointsOf(taxRate),
    specs,
    reservedFor,
    reservedUntil,
  };
}
