import type pg from 'pg';
import type { Repositories } from '../types.ts';
import { bikesOf } from './bike.ts';
import { openPrisma } from './client.ts';
import { customersOf } from './customer.ts';
import { itemsOf } from './item.ts';
import { repairsOf } from './repair.ts';
import { transactionsOf } from './transaction.ts';
import { usersOf } from './user.ts';

/** The data layer as it is: Prisma. */
export function withPrisma(pool: pg.Pool): Repositories {
  const db = openPrisma(pool);
  return {
    user: usersOf(db),
    customer: customersOf(db),
    bike: bikesOf(db),
    item: itemsOf(db),
    repair: repairsOf(db),
    transaction: transactionsOf(db),
  };
}
