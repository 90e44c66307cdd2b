import { and, asc, count, desc, eq, gte, inArray, lt, sql, sum, type SQL } from 'drizzle-orm';
import type { Bugs } from '../bugs.ts';
import { basisPointsOf, centsOf } from '../money.ts';
import type { Line, Transaction, Transactions } from '../types.ts';
import { sell } from './checkout.ts';
import { isTaken, type Db, type Queries } from './client.ts';
import { bikes, items, stockMovements, transactionLines, transactions } from './tables.ts';

export function transactionsOf(db: Db, bugs: Bugs): Transactions {
  const find = async (which: SQL): Promise<Transaction | null> => {
    const [row] = await db.select().from(transactions).where(which);
    return row === undefined ? null : withLines(row, await linesOf(db, [row.id]));
  };
  const byReference = (reference: string) => find(eq(transactions.reference, reference));
  return {
    find: (id) => find(eq(transactions.id, id)),
    forCustomer: async (customerId, limit) => {
      const rows = await db
        .select()
        .from(transactions)
        .where(eq(transactions.customerId, customerId))
        .orderBy(desc(transactions.id))
        .limit(limit);
      if (bugs.has('a query a row'))
        return Promise.all(rows.map(async (row) => withLines(row, await linesOf(db, [row.id]))));
      const ids = rows.map(({ id }) => id);
      const lines = await linesOf(db, ids);
      return rows.map((row) => withLines(row, lines));
    },
    revenue: async (from, to) => {
      const columns = {
        transactions: count(),
        subtotal: sum(transactions.subtotal),
        tax: sum(transactions.tax),
        total: sum(transactions.total),
      };
      const between = and(gte(transactions.createdAt, from), lt(transactions.createdAt, to));
      const [row] = await db
        .select(columns)
        .from(transactions)
        .where(and(eq(transactions.status, 'paid'), between));
      const cents = (value: string | null | undefined) => centsOf(value ?? '0.00');
      return {
        transactions: row?.transactions ?? 0,
        subtotal: cents(row?.subtotal),
        tax: cents(row?.tax),
        total: cents(row?.total),
      };
    },
    checkout: async (order, at) => {
      const before = await byReference(order.reference);
      if (before !== null) return before;
      let id: number;
      try {
        id = await db.transaction((tx) => sell(tx, order, at));
      } catch (error) {
        // Sent twice at once: the other one was first.
        const other = isTaken(error) ? await byReference(order.reference) : null;
        if (other !== null) return other;
        throw error;
      }
      const sold = await find(eq(transactions.id, id));
      if (sold === null) throw new Error(`transaction ${id} is gone`);
      return sold;
    },
    refund: (id) => db.transaction((tx) => takeBack(tx, id)),
  };
}

type Row = typeof transactions.$inferSelect;
type LineRow = typeof transactionLines.$inferSelect;

async function takeBack(tx: Queries, id: number): Promise<Transaction | null> {
  const [row] = await tx
    .update(transactions)
    .set({ status: 'refunded' })
    .where(and(eq(transactions.id, id), eq(transactions.status, 'paid')))
    .returning();
  if (row === undefined) return null;
  const lines = await linesOf(tx, [id]);
  for (const { bikeId, itemId, quantity } of lines) {
    if (bikeId !== null) await tx.update(bikes).set({ status: 'available' }).where(eq(bikes.id, bikeId));
    if (itemId === null) continue;
    await tx
      .update(items)
      .set({ stock: sql`${items.stock} + ${quantity}` })
      .where(eq(items.id, itemId));
    await tx.insert(stockMovements).values({ itemId, quantity, reason: 'refund', transactionId: id });
  }
  return withLines(row, lines);
}

async function linesOf(from: Queries, ids: readonly number[]): Promise<readonly LineRow[]> {
  if (ids.length === 0) return [];
  return from
    .select()
    .from(transactionLines)
    .where(inArray(transactionLines.transactionId, [...ids]))
    .orderBy(asc(transactionLines.position));
}

function withLines(row: Row, all: readonly LineRow[]): Transaction {
  const { id, reference, customerId, cashierId, status, subtotal, tax, total, metadata, paidAt } = row;
  return {
    id,
    reference,
    customerId,
    cashierId,
    status,
    subtotal: centsOf(subtotal),
    tax: centsOf(tax),
    total: centsOf(total),
    metadata,
    paidAt,
    lines: all.filter(({ transactionId }) => transactionId === id).map(lineOf),
  };
}

function lineOf({ bikeId, itemId, description, quantity, unitPrice, taxRate }: LineRow): Line {
  const tax = basisPointsOf(taxRate);
  return { bikeId, itemId, description, quantity, unitPrice: centsOf(unitPrice), tax };
}
