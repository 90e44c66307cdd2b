import { basisPointsOf, centsOf, decimalOf, rateOf, totalsOf } from '../money.ts';
import { linesOf, wanted } from '../sale.ts';
import {
  ShopError,
  type Json,
  type Line,
  type Order,
  type Transaction,
  type Transactions,
} from '../types.ts';
import { bikeOf } from './bike.ts';
import { isTaken, json } from './client.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { itemOf } from './item.ts';

const WHOLE = { lines: { orderBy: { position: 'asc' } } } as const satisfies Prisma.TransactionInclude;

type Row = Prisma.TransactionGetPayload<{ include: typeof WHOLE }>;
type Tx = Prisma.TransactionClient;

export function transactionsOf(db: PrismaClient): Transactions {
  const find = async (where: Prisma.TransactionWhereUniqueInput): Promise<Transaction | null> => {
    const row = await db.transaction.findUnique({ where, include: WHOLE });
    return row === null ? null : transactionOf(row);
  };
  return {
    find: (id) => find({ id }),
    forCustomer: async (customerId, take) =>
      (
        await db.transaction.findMany({
          where: { customerId },
          orderBy: { id: 'desc' },
          take,
          include: WHOLE,
        })
      ).map(transactionOf),
    revenue: async (from, to) => {
      const where = { status: 'paid' as const, createdAt: { gte: from, lt: to } };
      const sums = { subtotal: true, tax: true, total: true } as const;
      const { _count, _sum } = await db.transaction.aggregate({ where, _count: true, _sum: sums });
      const cents = (sum: { toFixed(places: number): string } | null) => centsOf(sum?.toFixed(2) ?? '0.00');
      return {
        transactions: _count,
        subtotal: cents(_sum.subtotal),
        tax: cents(_sum.tax),
        total: cents(_sum.total),
      };
    },
    checkout: async (order, at) => {
      const { reference } = order;
      const before = await find({ reference });
      if (before !== null) return before;
      try {
        return await db.$transaction((tx) => sell(tx, order, at), { timeout: 15_000, maxWait: 10_000 });
      } catch (error) {
        // Sent twice at once: the other one was first.
        const other = isTaken(error) ? await find({ reference }) : null;
        if (other !== null) return other;
        throw error;
      }
    },
    refund: (id) => db.$transaction((tx) => takeBack(tx, id)),
  };
}

async function sell(tx: Tx, order: Order, at: Date): Promise<Transaction> {
  const { reference, customerId, cashierId, payment, metadata } = order;
  const { bikes, items } = wanted(order);
  const ids = { bikes: [...bikes], items: items.map(({ id }) => id) };
  const customer = await tx.customer.findUnique({ where: { id: customerId, deletedAt: null } });
  if (customer === null) throw new ShopError('UNKNOWN', `there is no customer ${customerId}`);
  const lines = linesOf(
    { bikes, items },
    {
      bikes: (await tx.bike.findMany({ where: { id: { in: ids.bikes }, deletedAt: null } })).map(bikeOf),
      items: (await tx.item.findMany({ where: { id: { in: ids.items }, deletedAt: null } })).map(itemOf),
    },
  );
  const paid = payment === 'approved';
  const totals = totalsOf(lines, customer.taxExempt);
  const row = await tx.transaction.create({
    data: {
      reference,
      customerId,
      cashierId,
      status: paid ? 'paid' : 'declined',
      subtotal: decimalOf(totals.subtotal),
      tax: decimalOf(totals.tax),
      total: decimalOf(totals.total),
      metadata: json(metadata),
      createdAt: at,
      paidAt: paid ? at : null,
      lines: { create: lines.map(lineRow) },
    },
    include: WHOLE,
  });
  if (paid) await handOver(tx, row.id, customerId, { bikes, items });
  return transactionOf(row);
}

async function handOver(
  tx: Tx,
  transactionId: number,
  customerId: number,
  { bikes, items }: Pick<Order, 'bikes' | 'items'>,
): Promise<void> {
  for (const id of bikes) {
    const where = { id, OR: [{ status: 'available' as const }, { reservedFor: customerId }] };
    const data = { status: 'sold' as const, reservedFor: null, reservedUntil: null };
    const { count } = await tx.bike.updateMany({ where, data });
    if (count === 0) throw new ShopError('NOT_AVAILABLE', `bike ${id} is not available`);
  }
  for (const { id, quantity } of items) {
    const where = { id, stock: { gte: quantity } };
    const { count } = await tx.item.updateMany({ where, data: { stock: { decrement: quantity } } });
    if (count === 0) throw new ShopError('OUT_OF_STOCK', `item ${id} has fewer than ${quantity}`);
    await tx.stockMovement.create({
      data: { itemId: id, quantity: -quantity, reason: 'sale', transactionId },
    });
  }
}

async function takeBack(tx: Tx, id: number): Promise<Transaction | null> {
  const { count } = await tx.transaction.updateMany({
    where: { id, status: 'paid' },
    data: { status: 'refunded' },
  });
  if (count === 0) return null;
  const row = await tx.transaction.findUniqueOrThrow({ where: { id }, include: WHOLE });
  for (const { bikeId, itemId, quantity } of row.lines) {
    if (bikeId !== null) await tx.bike.update({ where: { id: bikeId }, data: { status: 'available' } });
    if (itemId === null) continue;
    await tx.item.update({ where: { id: itemId }, data: { stock: { increment: quantity } } });
    await tx.stockMovement.create({ data: { itemId, quantity, reason: 'refund', transactionId: id } });
  }
  return transactionOf(row);
}

function lineRow({ tax, unitPrice, ...line }: Line, index: number) {
  return { ...line, position: index + 1, unitPrice: decimalOf(unitPrice), taxRate: rateOf(tax) };
}

function transactionOf(row: Row): Transaction {
  const { id, reference, customerId, cashierId, status, metadata, paidAt, lines } = row;
  return {
    id,
    reference,
    customerId,
    cashierId,
    status,
    subtotal: centsOf(row.subtotal.toFixed(2)),
    tax: centsOf(row.tax.toFixed(2)),
    total: centsOf(row.total.toFixed(2)),
    metadata: metadata as Json,
    paidAt,
    lines: lines.map(({ bikeId, itemId, description, quantity, unitPrice, taxRate }) => ({
      bikeId,
      itemId,
      description,
      quantity,
      unitPrice: centsOf(unitPrice.toFixed(2)),
      tax: basisPointsOf(taxRate.toFixed(4)),
    })),
  };
}
