import { and, eq, gte, inArray, isNull, or, sql } from 'drizzle-orm';
import { decimalOf, rateOf, totalsOf } from '../money.ts';
import { linesOf, wanted, type Goods } from '../sale.ts';
import { ShopError, type Order } from '../types.ts';
import { bikeOf } from './bike.ts';
import { inserted, type Queries } from './client.ts';
import { itemOf } from './item.ts';
import { bikes, customers, items, stockMovements, transactionLines, transactions } from './tables.ts';

/** Everything that a sale changes, in the transaction that it is given. @returns the transaction's number */
export async function sell(tx: Queries, order: Order, at: Date): Promise<number> {
  const { reference, customerId, cashierId, payment, metadata } = order;
  const things = wanted(order);
  const [customer] = await tx
    .select({ taxExempt: customers.taxExempt })
    .from(customers)
    .where(and(eq(customers.id, customerId), isNull(customers.deletedAt)));
  if (customer === undefined) throw new ShopError('UNKNOWN', `there is no customer ${customerId}`);
  const lines = linesOf(things, await goodsOf(tx, things));
  const totals = totalsOf(lines, customer.taxExempt);
  const paid = payment === 'approved';
  const rows = await tx
    .insert(transactions)
    .values({
      reference,
      customerId,
      cashierId,
      status: paid ? 'paid' : 'declined',
      subtotal: decimalOf(totals.subtotal),
      tax: decimalOf(totals.tax),
      total: decimalOf(totals.total),
      metadata,
      createdAt: at,
      paidAt: paid ? at : null,
    })
    .returning({ id: transactions.id });
  const { id: transactionId } = inserted(rows);
  await tx.insert(transactionLines).values(
    lines.map(({ tax, unitPrice, ...line }, index) => ({
      ...line,
      transactionId,
      position: index + 1,
      unitPrice: decimalOf(unitPrice),
      taxRate: rateOf(tax),
    })),
  );
  if (paid) await handOver(tx, transactionId, customerId, things);
  return transactionId;
}

type Things = Pick<Order, 'bikes' | 'items'>;

async function goodsOf(tx: Queries, things: Things): Promise<Goods> {
  const ids = things.items.map(({ id }) => id);
  const ofBikes = and(inArray(bikes.id, [...things.bikes]), isNull(bikes.deletedAt));
  const ofItems = and(inArray(items.id, ids), isNull(items.deletedAt));
  return {
    bikes: things.bikes.length === 0 ? [] : (await tx.select().from(bikes).where(ofBikes)).map(bikeOf),
    items: ids.length === 0 ? [] : (await tx.select().from(items).where(ofItems)).map(itemOf),
  };
}

async function handOver(
  tx: Queries,
  transactionId: number,
  customerId: number,
  things: Things,
): Promise<void> {
  for (const id of things.bikes) {
    const free = or(eq(bikes.status, 'available'), eq(bikes.reservedFor, customerId));
    const sold = await tx
      .update(bikes)
      .set({ status: 'sold', reservedFor: null, reservedUntil: null })
      .where(and(eq(bikes.id, id), free))
      .returning({ id: bikes.id });
    if (sold.length === 0) throw new ShopError('NOT_AVAILABLE', `bike ${id} is not available`);
  }
  for (const { id, quantity } of things.items) {
    const taken = await tx
      .update(items)
      .set({ stock: sql`${items.stock} - ${quantity}` })
      .where(and(eq(items.id, id), gte(items.stock, quantity)))
      .returning({ id: items.id });
    if (taken.length === 0) throw new ShopError('OUT_OF_STOCK', `item ${id} has fewer than ${quantity}`);
    await tx
      .insert(stockMovements)
      .values({ itemId: id, quantity: -quantity, reason: 'sale', transactionId });
  }
}
