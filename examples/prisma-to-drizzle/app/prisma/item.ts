import { basisPointsOf, centsOf, decimalOf, rateOf } from '../money.ts';
import { ShopError, type Item, type Items, type Json } from '../types.ts';
import { json, unlessTaken } from './client.ts';
import type { PrismaClient } from './generated/client.ts';
import type { ItemModel } from './generated/models.ts';

export function itemsOf(db: PrismaClient): Items {
  const present = { deletedAt: null };
  const byName = [{ name: 'asc' }, { id: 'asc' }] as const;
  return {
    find: async (id) => orNull(await db.item.findUnique({ where: { id, ...present } })),
    findBySku: async (sku) => orNull(await db.item.findUnique({ where: { sku, ...present } })),
    list: async (category) =>
      (await db.item.findMany({ where: { ...present, category }, orderBy: [...byName] })).map(itemOf),
    lowStock: async () => {
      const where = { ...present, stock: { lte: db.item.fields.reorderLevel } };
      return (await db.item.findMany({ where, orderBy: [...byName] })).map(itemOf);
    },
    create: async ({ price, tax, attributes, ...item }) => {
      const opening = { create: { quantity: item.stock, reason: 'opening' } };
      const data = {
        ...item,
        price: decimalOf(price),
        taxRate: rateOf(tax),
        attributes: json(attributes),
        movements: opening,
      };
      return itemOf(await unlessTaken(item.sku, db.item.create({ data })));
    },
    adjust: (id, quantity, reason) =>
      db.$transaction(async (tx) => {
        const where = { id, ...present, stock: { gte: -quantity } };
        const data = { stock: { increment: quantity } };
        const [row] = await tx.item.updateManyAndReturn({ where, data });
        if (row !== undefined) {
          await tx.stockMovement.create({ data: { itemId: id, quantity, reason } });
          return itemOf(row);
        }
        if ((await tx.item.count({ where: { id, ...present } })) === 0) return null;
        throw new ShopError('OUT_OF_STOCK', `item ${id} has fewer than ${-quantity}`);
      }),
  };
}

function orNull(row: ItemModel | null): Item | null {
  return row === null ? null : itemOf(row);
}

export function itemOf(row: ItemModel): Item {
  const { id, sku, name, category, price, taxRate, stock, reorderLevel, attributes } = row;
  return {
    id,
    sku,
    name,
    category,
    price: centsOf(price.toFixed(2)),
    tax: basisPointsOf(taxRate.toFixed(4)),
    stock,
    reorderLevel,
    attributes: attributes as Json,
  };
}
