import { ShopError, type Bike, type Item, type Line, type Order } from './types.ts';

export type Goods = {
  readonly bikes: readonly Pick<Bike, 'id' | 'model' | 'price' | 'tax'>[];
  readonly items: readonly Pick<Item, 'id' | 'name' | 'price' | 'tax'>[];
};

/** What an order asks for, each thing once, by number: two orders that lock the same rows lock them in one order. */
export function wanted(order: Order): Pick<Order, 'bikes' | 'items'> {
  const quantities = new Map<number, number>();
  for (const { id, quantity } of order.items) {
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      throw new ShopError('EMPTY', `item ${id}: a quantity of ${quantity} is not one`);
    quantities.set(id, (quantities.get(id) ?? 0) + quantity);
  }
  const bikes = [...new Set(order.bikes)].toSorted((a, b) => a - b);
  if (bikes.length + quantities.size === 0) throw new ShopError('EMPTY', 'the order has no lines');
  const items = [...quantities].map(([id, quantity]) => ({ id, quantity })).toSorted((a, b) => a.id - b.id);
  return { bikes, items };
}

/** The lines of the receipt: bikes first. @throws ShopError `UNKNOWN` for what the shop does not have */
export function linesOf(order: Pick<Order, 'bikes' | 'items'>, goods: Goods): readonly Line[] {
  const ofBikes = order.bikes.map((id) => {
    const bike = goods.bikes.find((one) => one.id === id);
    if (bike === undefined) throw new ShopError('UNKNOWN', `there is no bike ${id}`);
    const { model: description, price: unitPrice, tax } = bike;
    return { bikeId: id, itemId: null, description, quantity: 1, unitPrice, tax };
  });
  const ofItems = order.items.map(({ id, quantity }) => {
    const item = goods.items.find((one) => one.id === id);
    if (item === undefined) throw new ShopError('UNKNOWN', `there is no item ${id}`);
    const { name: description, price: unitPrice, tax } = item;
    return { bikeId: null, itemId: id, description, quantity, unitPrice, tax };
  });
  return [...ofBikes, ...ofItems];
}
