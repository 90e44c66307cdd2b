import { expect } from 'vitest';
import { ShopError, type Items } from '../app/types.ts';
import type { Cases, World } from './case.ts';

/** Items whose stock is not the sum of their movements. */
async function inaccurate({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from items i
     where stock <> (select coalesce(sum(quantity), 0) from stock_movements m where m.item_id = i.id)`,
  );
  return rows[0]?.n ?? -1;
}

export const itemCases: Cases<Items> = {
  'finds by number and by SKU, in cents and basis points': async (items) => {
    const item = {
      id: 1,
      sku: 'SKU1',
      name: 'Chain 59',
      category: 'care',
      price: 140,
      tax: 1_000,
      stock: 1_000,
      reorderLevel: 20,
      attributes: { weight: 1 },
    };
    expect(await items.find(1)).toStrictEqual(item);
    expect(await items.findBySku('SKU1')).toStrictEqual(item);
    expect([await items.find(999), await items.findBySku('none')]).toEqual([null, null]);
  },
  'lists a category by name': async (items) => {
    const names = (await items.list('safety')).map(({ name }) => name);
    expect(names).toHaveLength(13);
    expect(names).toEqual(names.toSorted());
  },
  'lists what has to be ordered again': async (items) => {
    expect((await items.lowStock()).map(({ sku }) => sku).toSorted()).toEqual([
      'SKU10',
      'SKU20',
      'SKU30',
      'SKU40',
    ]);
  },
  'creates one with its opening stock': async (items, world) => {
    const item = {
      sku: 'NEW',
      name: 'Bell',
      category: 'safety',
      price: 5,
      tax: 0,
      stock: 3,
      reorderLevel: 1,
      attributes: { colours: ['red'] },
    };
    expect(await items.create(item)).toStrictEqual({ ...item, id: 41 });
    await expect(items.create(item)).rejects.toThrow(new ShopError('TAKEN', 'NEW is taken'));
    expect(await inaccurate(world)).toBe(0);
  },
  'adjusts stock together with its movement, never below none': async (items, world) => {
    expect((await items.adjust(1, -1_000, 'count'))?.stock).toBe(0);
    await expect(items.adjust(1, -1, 'count')).rejects.toThrow(
      new ShopError('OUT_OF_STOCK', 'item 1 has fewer than 1'),
    );
    expect((await items.adjust(1, 5, 'delivery'))?.stock).toBe(5);
    expect(await items.adjust(999, 5, 'delivery')).toBeNull();
    expect((await items.find(1))?.stock).toBe(5);
    expect(await inaccurate(world)).toBe(0);
  },
};
