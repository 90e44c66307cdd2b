import {
  boolean,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Json } from '../types.ts';

// What app/schema.sql makes, for Drizzle. `casing` is not used: a name that differs is written beside its column.

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const id = () => integer().primaryKey().generatedByDefaultAsIdentity();
const money = (name: string) => numeric(name, { precision: 10, scale: 2 });
const sum = (name: string) => numeric(name, { precision: 12, scale: 2 });
const rate = () => numeric('tax_rate', { precision: 5, scale: 4 });
const json = (name: string) => jsonb(name).$type<Json>();

export const userRole = pgEnum('user_role', ['owner', 'clerk', 'mechanic']);
export const bikeStatus = pgEnum('bike_status', ['available', 'reserved', 'sold']);
export const repairStatus = pgEnum('repair_status', ['scheduled', 'in_progress', 'done', 'cancelled']);
export const paymentStatus = pgEnum('payment_status', ['paid', 'declined', 'refunded']);

export const users = pgTable('users', {
  id: id(),
  email: text().notNull().unique(),
  name: text().notNull(),
  role: userRole().notNull(),
  preferences: json('preferences').notNull().default({}),
  lastSeenAt: time('last_seen_at'),
  createdAt: time('created_at').notNull().defaultNow(),
  deletedAt: time('deleted_at'),
});

export const customers = pgTable('customers', {
  id: id(),
  name: text().notNull(),
  email: text().notNull().unique(),
  phone: text(),
  address: json('address'),
  taxExempt: boolean('tax_exempt').notNull().default(false),
  createdAt: time('created_at').notNull().defaultNow(),
  deletedAt: time('deleted_at'),
});

export const bikes = pgTable('bikes', {
  id: id(),
  serialNumber: text('serial_number').notNull().unique(),
  model: text().notNull(),
  status: bikeStatus().notNull().default('available'),
  price: money('price').notNull(),
  taxRate: rate().notNull(),
  specs: json('specs'),
  reservedFor: integer('reserved_for').references(() => customers.id),
  reservedUntil: time('reserved_until'),
  createdAt: time('created_at').notNull().defaultNow(),
  deletedAt: time('deleted_at'),
});

export const items = pgTable('items', {
  id: id(),
  sku: text().notNull().unique(),
  name: text().notNull(),
  category: text().notNull(),
  price: money('price').notNull(),
  taxRate: rate().notNull(),
  stock: integer().notNull().default(0),
  reorderLevel: integer('reorder_level').notNull().default(0),
  attributes: json('attributes').notNull().default({}),
  createdAt: time('created_at').notNull().defaultNow(),
  deletedAt: time('deleted_at'),
});

export const repairs = pgTable('repairs', {
  id: id(),
  customerId: integer('customer_id')
    .notNull()
    .references(() => customers.id),
  bikeId: integer('bike_id').references(() => bikes.id),
  mechanicId: integer('mechanic_id').references(() => users.id),
  status: repairStatus().notNull().default('scheduled'),
  scheduledFor: time('scheduled_for').notNull(),
  finishedAt: time('finished_at'),
  labour: money('labour').notNull().default('0'),
  notes: text(),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const repairParts = pgTable('repair_parts', {
  id: id(),
  repairId: integer('repair_id')
    .notNull()
    .references(() => repairs.id),
  itemId: integer('item_id')
    .notNull()
    .references(() => items.id),
  quantity: integer().notNull(),
  unitPrice: money('unit_price').notNull(),
});

export const transactions = pgTable('transactions', {
  id: id(),
  reference: uuid().notNull().unique(),
  customerId: integer('customer_id')
    .notNull()
    .references(() => customers.id),
  cashierId: integer('cashier_id')
    .notNull()
    .references(() => users.id),
  status: paymentStatus().notNull(),
  subtotal: sum('subtotal').notNull(),
  tax: sum('tax').notNull(),
  total: sum('total').notNull(),
  metadata: json('metadata').notNull().default({}),
  createdAt: time('created_at').notNull().defaultNow(),
  paidAt: time('paid_at'),
});

export const transactionLines = pgTable('transaction_lines', {
  id: id(),
  transactionId: integer('transaction_id')
    .notNull()
    .references(() => transactions.id),
  position: integer().notNull(),
  bikeId: integer('bike_id').references(() => bikes.id),
  itemId: integer('item_id').references(() => items.id),
  description: text().notNull(),
  quantity: integer().notNull(),
  unitPrice: money('unit_price').notNull(),
  taxRate: rate().notNull(),
});

export const stockMovements = pgTable('stock_movements', {
  id: id(),
  itemId: integer('item_id')
    .notNull()
    .references(() => items.id),
  quantity: integer().notNull(),
  reason: text().notNull(),
  transactionId: integer('transaction_id').references(() => transactions.id),
  createdAt: time('created_at').notNull().defaultNow(),
});
