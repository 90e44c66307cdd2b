import { centsOf, decimalOf } from '../money.ts';
import type { Repair, Repairs } from '../types.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';

const WHOLE = {
  customer: { select: { name: true } },
  bike: { select: { model: true } },
  mechanic: { select: { name: true } },
  parts: { orderBy: { id: 'asc' }, include: { item: { select: { sku: true } } } },
} as const satisfies Prisma.RepairInclude;

type Row = Prisma.RepairGetPayload<{ include: typeof WHOLE }>;

export function repairsOf(db: PrismaClient): Repairs {
  const find = async (id: number, from: Pick<PrismaClient, 'repair'> = db): Promise<Repair | null> => {
    const row = await from.repair.findUnique({ where: { id }, include: WHOLE });
    return row === null ? null : repairOf(row);
  };
  return {
    find: (id) => find(id),
    between: async (from, to) => {
      const where = { scheduledFor: { gte: from, lt: to } };
      const orderBy = [{ scheduledFor: 'asc' as const }, { id: 'asc' as const }];
      return (await db.repair.findMany({ where, orderBy, include: WHOLE })).map(repairOf);
    },
    schedule: async ({ labour, ...repair }) =>
      repairOf(await db.repair.create({ data: { ...repair, labour: decimalOf(labour) }, include: WHOLE })),
    setStatus: async (id, status, at) => {
      const data = { status, finishedAt: status === 'done' ? at : null };
      const { count } = await db.repair.updateMany({ where: { id }, data });
      return count === 0 ? null : find(id);
    },
    addPart: (id, itemId, quantity) =>
      db.$transaction(async (tx) => {
        const item = await tx.item.findUnique({ where: { id: itemId, deletedAt: null } });
        if (item === null || (await tx.repair.count({ where: { id } })) === 0) return null;
        await tx.repairPart.create({ data: { repairId: id, itemId, quantity, unitPrice: item.price } });
        return find(id, tx);
      }),
  };
}

function repairOf(row: Row): Repair {
  const { id, customer, bike, mechanic, status, scheduledFor, finishedAt, labour, notes, parts } = row;
  return {
    id,
    customer: customer.name,
    bike: bike?.model ?? null,
    mechanic: mechanic?.name ?? null,
    status,
    scheduledFor,
    finishedAt,
    labour: centsOf(labour.toFixed(2)),
    notes,
    parts: parts.map(({ item, quantity, unitPrice }) => ({
      sku: item.sku,
      quantity,
      unitPrice: centsOf(unitPrice.toFixed(2)),
    })),
  };
}
