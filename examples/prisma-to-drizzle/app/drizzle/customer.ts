import { and, asc, eq, exists, ilike, inArray, isNull, or } from 'drizzle-orm';
import type { Bugs } from '../bugs.ts';
import { literally } from '../search.ts';
import type { Customers } from '../types.ts';
import { inserted, unlessTaken, type Db } from './client.ts';
import { customers, repairs } from './tables.ts';

const { id, name, email, phone, address, taxExempt } = customers;
const CUSTOMER = { id, name, email, phone, address, taxExempt };

export function customersOf(db: Db, bugs: Bugs): Customers {
  const present = (one: number) => and(eq(customers.id, one), isNull(customers.deletedAt));
  const open = inArray(repairs.status, ['scheduled', 'in_progress']);
  return {
    find: async (one) => (await db.select(CUSTOMER).from(customers).where(present(one)))[0] ?? null,
    search: async (text, limit) => {
      const pattern = `%${literally(text)}%`;
      const found = or(ilike(customers.name, pattern), ilike(customers.email, pattern));
      const query = db
        .select(CUSTOMER)
        .from(customers)
        .where(and(isNull(customers.deletedAt), found));
      if (bugs.has('missing order')) return query.limit(limit);
      return query.orderBy(asc(customers.name), asc(customers.id)).limit(limit);
    },
    withOpenRepairs: async (limit) => {
      if (bugs.has('limit before join')) return limitedFirst(db, limit);
      const theirs = db
        .select({ id: repairs.id })
        .from(repairs)
        .where(and(eq(repairs.customerId, customers.id), open));
      return db
        .select(CUSTOMER)
        .from(customers)
        .where(and(isNull(customers.deletedAt), exists(theirs)))
        .orderBy(asc(customers.name), asc(customers.id))
        .limit(limit);
    },
    create: async (customer) =>
      inserted(
        await unlessTaken(
          customer.email,
          db.insert(customers).values(customer).returning(CUSTOMER).execute(),
        ),
      ),
    setAddress: async (one, value) =>
      (await db.update(customers).set({ address: value }).where(present(one)).returning(CUSTOMER))[0] ?? null,
    remove: async (one) =>
      (await db.update(customers).set({ deletedAt: new Date() }).where(present(one)).returning({ id }))
        .length === 1,
  };
}

/** The planted bug 'limit before join'. */
async function limitedFirst(db: Db, limit: number) {
  const page = db
    .select(CUSTOMER)
    .from(customers)
    .where(isNull(customers.deletedAt))
    .orderBy(asc(customers.name), asc(customers.id))
    .limit(limit)
    .as('page');
  const { id: pageId, name: pageName, email: pageEmail } = page;
  return db
    .selectDistinct({
      id: pageId,
      name: pageName,
      email: pageEmail,
      phone: page.phone,
      address: page.address,
      taxExempt: page.taxExempt,
    })
    .from(page)
    .innerJoin(
      repairs,
      and(eq(repairs.customerId, pageId), inArray(repairs.status, ['scheduled', 'in_progress'])),
    )
    .orderBy(asc(pageName), asc(pageId));
}
