import { basisPointsOf, centsOf, decimalOf, rateOf } from '../money.ts';
import type { Bike, Bikes, Json } from '../types.ts';
import { jsonOrNull, unlessTaken } from './client.ts';
import type { PrismaClient } from './generated/client.ts';
import type { BikeModel } from './generated/models.ts';

export function bikesOf(db: PrismaClient): Bikes {
  const present = { deletedAt: null };
  const first = (rows: readonly BikeModel[]): Bike | null => (rows[0] === undefined ? null : bikeOf(rows[0]));
  return {
    find: async (id) => {
      const row = await db.bike.findUnique({ where: { id, ...present } });
      return row === null ? null : bikeOf(row);
    },
    available: async (take) => {
      const where = { ...present, status: 'available' as const };
      const orderBy = [{ price: 'asc' as const }, { id: 'asc' as const }];
      return (await db.bike.findMany({ where, orderBy, take })).map(bikeOf);
    },
    create: async ({ serialNumber, model, price, tax, specs }) => {
      const data = {
        serialNumber,
        model,
        price: decimalOf(price),
        taxRate: rateOf(tax),
        specs: jsonOrNull(specs),
      };
      return bikeOf(await unlessTaken(serialNumber, db.bike.create({ data })));
    },
    reserve: async (id, reservedFor, reservedUntil) =>
      first(
        await db.bike.updateManyAndReturn({
          where: { id, ...present, status: 'available' },
          data: { status: 'reserved', reservedFor, reservedUntil },
        }),
      ),
    release: async (id) =>
      first(
        await db.bike.updateManyAndReturn({
          where: { id, ...present, status: 'reserved' },
          data: { status: 'available', reservedFor: null, reservedUntil: null },
        }),
      ),
  };
}

export function bikeOf(row: BikeModel): Bike {
  const { id, serialNumber, model, status, price, taxRate, specs, reservedFor, reservedUntil } = row;
  return {
    id,
    serialNumber,
    model,
    status,
    price: centsOf(price.toFixed(2)),
    tax: basisPointsOf(taxRate.toFixed(4)),
    specs: specs as Json | null,
    reservedFor,
    reservedUntil,
  };
}
