import { randomUUID } from 'node:crypto';
import type { Mix } from '../raw-sql-to-drizzle/load/generator.ts';

const order = (id: number): object => ({
  reference: randomUUID(),
  customerId: (id % 50) + 1,
  cashierId: 2,
  payment: id % 25 === 0 ? 'declined' : 'approved',
  items: [{ id: (id % 39) + 1, quantity: 1 }],
});

/** A busy day in the shop, with enough payments that a twentieth of them can be judged in seconds. */
export const SHOP_MIX: Mix = [
  [0.1, 'GET', (id) => `/users/${(id % 6) + 1}`],
  [0.08, 'GET', (id) => `/customers/${id}`],
  [0.02, 'GET', () => '/customers?search=ros'],
  [0.07, 'GET', (id) => `/bikes/${id}`],
  [0.03, 'GET', () => '/bikes'],
  [0.08, 'GET', (id) => `/items/${(id % 39) + 1}`],
  [0.02, 'POST', (id) => `/items/${(id % 39) + 1}/stock`, { quantity: 2, reason: 'delivery' }],
  [0.08, 'GET', (id) => `/repairs/${(id % 40) + 1}`],
  [0.02, 'POST', (id) => `/repairs/${(id % 40) + 1}/status`, { status: 'in_progress' }],
  [0.36, 'GET', (id) => `/transactions/${id}`],
  [0.09, 'GET', (id) => `/customers/${id}/transactions`],
  [0.05, 'POST', () => '/checkout', order],
];
