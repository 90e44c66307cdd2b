import type pg from 'pg';
import type { Bugs } from '../bugs.ts';
import type { Repositories } from '../types.ts';
import { bikesOf } from './bike.ts';
import { openDrizzle } from './client.ts';
import { customersOf } from './customer.ts';
import { itemsOf } from './item.ts';
import { repairsOf } from './repair.ts';
import { transactionsOf } from './transaction.ts';
import { usersOf } from './user.ts';

/** The data layer as it is to be: Drizzle. @param bugs planted for a test */
export function withDrizzle(pool: pg.Pool, bugs: Bugs = new Set()): Repositories {
  const db = openDrizzle(pool);
  return {
    user: usersOf(db, bugs),
    customer: customersOf(db, bugs),
    bike: bikesOf(db),
    item: itemsOf(db, bugs),
    repair: repairsOf(db, bugs),
    transaction: transactionsOf(db, bugs),
  };
}
