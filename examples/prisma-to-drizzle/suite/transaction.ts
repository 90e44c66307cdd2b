import { expect } from 'vitest';
import type { Order, ShopError, Transactions } from '../app/types.ts';
import type { Cases, World } from './case.ts';

const AT = new Date('2026-10-25T00:30:00.250Z');
const ORDER: Order = {
  reference: '00000000-0000-4000-8000-000000000001',
  customerId: 1,
  cashierId: 2,
  payment: 'approved',
  bikes: [3],
  items: [
    { id: 1, quantity: 3 },
    { id: 2, quantity: 1 },
    { id: 1, quantity: 4 },
  ],
  metadata: { till: 1, tags: ['a'] },
};

/** What a sale moves: stock of the two items, the bike, and everything that was written about it. */
async function moved({ pool }: World): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select stock from items where id = 1) as one, (select stock from items where id = 2) as two,
       (select status from bikes where id = 3) as bike,
       (select count(*)::int from transactions where id > 60) as sales,
       (select count(*)::int from transaction_lines where transaction_id > 60) as lines,
       (select count(*)::int from stock_movements where transaction_id > 60) as movements`,
  );
  return rows[0];
}

const NOTHING = { one: 1_000, two: 2_000, bike: 'available', sales: 0, lines: 0, movements: 0 };

export const transactionCases: Cases<Transactions> = {
  'finds one with its lines': async (transactions) => {
    expect(await transactions.find(1)).toMatchObject({
      customerId: 2,
      status: 'paid',
      subtotal: 1_000,
      tax: 220,
      total: 1_220,
      paidAt: new Date('2026-03-28T12:00:00Z'),
      lines: [{ itemId: 3 }, { itemId: 4 }],
    });
    expect(await transactions.find(999)).toBeNull();
  },
  "lists a customer's newest, in a fixed number of questions": async (transactions, { queriesOf }) => {
    let found: Awaited<ReturnType<Transactions['forCustomer']>> = [];
    expect(await queriesOf(async () => (found = await transactions.forCustomer(2, 5)))).toBeLessThanOrEqual(
      3,
    );
    expect(found.map(({ id }) => id)).toEqual([51, 41, 31, 21, 11]);
    expect(found.map(({ lines }) => lines.length)).toEqual([2, 2, 2, 2, 2]);
  },
  'sums up what was paid': async (transactions) => {
    const days = [new Date('2026-03-28T23:00:00Z'), new Date('2026-03-29T22:00:00Z')] as const;
    expect(await transactions.revenue(...days)).toStrictEqual({
      transactions: 23,
      subtotal: 23_000,
      tax: 5_060,
      total: 28_060,
    });
    const none = { transactions: 0, subtotal: 0, tax: 0, total: 0 };
    expect(await transactions.revenue(AT, AT)).toStrictEqual(none);
  },
  'sells: the bike, the stock, its movements and the receipt': async (transactions, world) => {
    const sold = await transactions.checkout(ORDER, AT);
    expect(sold).toStrictEqual({
      id: 61,
      reference: ORDER.reference,
      customerId: 1,
      cashierId: 2,
      status: 'paid',
      // 409.90 + 22 %, seven of 1.40 + 10 %, one of 1.75 + 22 %; each line rounded by itself.
      subtotal: 40_990 + 7 * 140 + 175,
      tax: 9_018 + 98 + 39,
      total: 51_300,
      metadata: ORDER.metadata,
      paidAt: AT,
      lines: [
        { bikeId: 3, itemId: null, description: 'Model 3', quantity: 1, unitPrice: 40_990, tax: 2_200 },
        { bikeId: null, itemId: 1, description: 'Chain 59', quantity: 7, unitPrice: 140, tax: 1_000 },
        { bikeId: null, itemId: 2, description: 'Bell 58', quantity: 1, unitPrice: 175, tax: 2_200 },
      ],
    });
    expect(await transactions.find(61)).toStrictEqual(sold);
    expect(await moved(world)).toEqual({
      one: 993,
      two: 1_999,
      bike: 'sold',
      sales: 1,
      lines: 3,
      movements: 2,
    });
  },
  'sells an order once, however often it is sent': async (transactions, world) => {
    const sold = await Promise.all([1, 2, 3].map(() => transactions.checkout(ORDER, AT)));
    expect(sold.map(({ id }) => id)).toEqual([sold[0]?.id, sold[0]?.id, sold[0]?.id]);
    expect(await moved(world)).toMatchObject({ one: 993, sales: 1, movements: 2 });
  },
  'records what the terminal declined, and moves nothing': async (transactions, world) => {
    const declined = await transactions.checkout({ ...ORDER, payment: 'declined' }, AT);
    expect(declined).toMatchObject({ status: 'declined', paidAt: null, total: 51_300 });
    expect(await moved(world)).toEqual({ ...NOTHING, sales: 1, lines: 3 });
  },
  'leaves nothing of a sale that cannot be': async (transactions, world) => {
    const refused: readonly (readonly [Partial<Order>, ShopError['code']])[] = [
      [{ items: [{ id: 1, quantity: 1_001 }] }, 'OUT_OF_STOCK'],
      [{ bikes: [999] }, 'UNKNOWN'],
      [{ customerId: 999 }, 'UNKNOWN'],
      [{ bikes: [], items: [] }, 'EMPTY'],
      [{ items: [{ id: 1, quantity: 0 }] }, 'EMPTY'],
    ];
    for (const [change, code] of refused)
      await expect(transactions.checkout({ ...ORDER, ...change }, AT)).rejects.toMatchObject({ code });
    await world.pool.query(
      `update bikes set status = 'reserved', reserved_for = 9, reserved_until = now() where id = 3`,
    );
    await expect(transactions.checkout(ORDER, AT)).rejects.toMatchObject({ code: 'NOT_AVAILABLE' });
    expect(await moved(world)).toEqual({ ...NOTHING, bike: 'reserved' });
  },
  'sells a reserved bike to whom it is reserved for, and exempts who is exempt': async (
    transactions,
    world,
  ) => {
    await world.pool.query(
      `update bikes set status = 'reserved', reserved_for = 10, reserved_until = now() where id = 3`,
    );
    const sold = await transactions.checkout({ ...ORDER, customerId: 10, items: [] }, AT);
    expect(sold).toMatchObject({ subtotal: 40_990, tax: 0, total: 40_990 });
    expect(await moved(world)).toMatchObject({ bike: 'sold', movements: 0 });
  },
  'refunds once': async (transactions, world) => {
    const { id } = await transactions.checkout(ORDER, AT);
    expect(await transactions.refund(id)).toMatchObject({ id, status: 'refunded', total: 51_300 });
    expect(await transactions.refund(id)).toBeNull();
    expect(await moved(world)).toEqual({ ...NOTHING, sales: 1, lines: 3, movements: 4 });
  },
};
