import { literally } from '../search.ts';
import type { Customer, Customers, Json } from '../types.ts';
import { jsonOrNull, unlessTaken } from './client.ts';
import type { PrismaClient } from './generated/client.ts';
import type { CustomerModel } from './generated/models.ts';

export function customersOf(db: PrismaClient): Customers {
  const present = { deletedAt: null };
  const byName = [{ name: 'asc' }, { id: 'asc' }] as const;
  return {
    find: async (id) => {
      const row = await db.customer.findUnique({ where: { id, ...present } });
      return row === null ? null : customerOf(row);
    },
    search: async (text, take) => {
      const contains = { contains: literally(text), mode: 'insensitive' } as const;
      const where = { ...present, OR: [{ name: contains }, { email: contains }] };
      return (await db.customer.findMany({ where, orderBy: [...byName], take })).map(customerOf);
    },
    withOpenRepairs: async (take) => {
      const open = { some: { status: { in: ['scheduled' as const, 'in_progress' as const] } } };
      const where = { ...present, repairs: open };
      return (await db.customer.findMany({ where, orderBy: [...byName], take })).map(customerOf);
    },
    create: async ({ address, ...customer }) => {
      const data = { ...customer, address: jsonOrNull(address) };
      return customerOf(await unlessTaken(customer.email, db.customer.create({ data })));
    },
    setAddress: async (id, address) => {
      const data = { address: jsonOrNull(address) };
      const [row] = await db.customer.updateManyAndReturn({ where: { id, ...present }, data });
      return row === undefined ? null : customerOf(row);
    },
    remove: async (id) => {
      const data = { deletedAt: new Date() };
      return (await db.customer.updateMany({ where: { id, ...present }, data })).count === 1;
    },
  };
}

function customerOf({ id, name, email, phone, address, taxExempt }: CustomerModel): Customer {
  return { id, name, email, phone, address: address as Json | null, taxExempt };
}
