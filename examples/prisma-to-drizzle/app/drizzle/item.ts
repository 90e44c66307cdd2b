import { and, asc, eq, gte, isNull, lte, sql, type SQL } from 'drizzle-orm';
import type { Bugs } from '../bugs.ts';
import { basisPointsOf, centsOf, decimalOf, rateOf } from '../money.ts';
import { ShopError, type Item, type Items } from '../types.ts';
import { inserted, unlessTaken, type Db } from './client.ts';
import { items, stockMovements } from './tables.ts';

type Row = typeof items.$inferSelect;

export function itemsOf(db: Db, bugs: Bugs): Items {
  const present = (id: number) => and(eq(items.id, id), isNull(items.deletedAt));
  const byName = async (which: SQL): Promise<readonly Item[]> =>
    (
      await db
        .select()
        .from(items)
        .where(and(which, isNull(items.deletedAt)))
        .orderBy(asc(items.name), asc(items.id))
    ).map(itemOf);
  const one = async (which: SQL): Promise<Item | null> => {
    const [row] = await db
      .select()
      .from(items)
      .where(and(which, isNull(items.deletedAt)));
    if (row === undefined) return null;
    if (!bugs.has('decimal as text')) return itemOf(row);
    const [text] = await db
      .select({ price: sql<number>`round(${items.price} * 100)` })
      .from(items)
      .where(which);
    return { ...itemOf(row), ...text };
  };
  return {
    find: (id) => one(eq(items.id, id)),
    findBySku: (sku) => one(eq(items.sku, sku)),
    list: (category) => byName(eq(items.category, category)),
    lowStock: () => byName(lte(items.stock, items.reorderLevel)),
    create: ({ price, tax, ...item }) =>
      db.transaction(async (tx) => {
        const values = { ...item, price: decimalOf(price), taxRate: rateOf(tax) };
        const rows = tx.insert(items).values(values).returning().execute();
        const row = inserted(await unlessTaken(item.sku, rows));
        const opening = { itemId: row.id, quantity: item.stock, reason: 'opening' };
        await tx.insert(stockMovements).values(opening);
        return itemOf(row);
      }),
    adjust: (id, quantity, reason) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .update(items)
          .set({ stock: sql`${items.stock} + ${quantity}` })
          .where(and(present(id), gte(items.stock, -quantity)))
          .returning();
        if (row !== undefined) {
          await tx.insert(stockMovements).values({ itemId: id, quantity, reason });
          return itemOf(row);
        }
        const found = await tx.select({ id: items.id }).from(items).where(present(id));
        if (found.length === 0) return null;
        throw new ShopError('OUT_OF_STOCK', `item ${id} has fewer than ${-quantity}`);
      }),
  };
}

export function itemOf(row: Row): Item {
  const { id, sku, name, category, price, taxRate, stock, reorderLevel, attributes } = row;
  return {
    id,
    sku,
    name,
    category,
    price: centsOf(price),
    tax: basisPointsOf(taxRate),
    stock,
    reorderLevel,
    attributes,
  };
}
