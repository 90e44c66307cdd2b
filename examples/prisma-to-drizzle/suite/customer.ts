import { expect } from 'vitest';
import { ShopError, type Customers } from '../app/types.ts';
import type { Cases } from './case.ts';

export const customerCases: Cases<Customers> = {
  'finds one, with and without what may be absent': async (customers) => {
    expect(await customers.find(1)).toStrictEqual({
      id: 1,
      name: 'Rossi 99',
      email: 'customer1@mail.example',
      phone: null,
      address: null,
      taxExempt: false,
    });
    const { phone, address, taxExempt } = (await customers.find(30)) ?? {};
    expect({ phone, address, taxExempt }).toStrictEqual({
      phone: '+39 06 30',
      address: { city: 'Roma', street: 'Via 30' },
      taxExempt: true,
    });
    expect(await customers.find(999)).toBeNull();
  },
  'searches by name, and by name only in that order': async (customers) => {
    const names = (await customers.search('ROSSI', 3)).map(({ name }) => name);
    expect(names).toEqual(['Rossi 50', 'Rossi 57', 'Rossi 64']);
    expect(await customers.search('customer7@', 10)).toHaveLength(1);
    expect(await customers.search('%', 10)).toEqual([]);
    expect(await customers.search("o'br", 10)).not.toEqual([]);
  },
  'finds the first who wait for a repair': async (customers, { pool }) => {
    const first = await customers.withOpenRepairs(5);
    const { rows } = await pool.query<{ name: string }>(
      `select name from customers c where exists (select from repairs r where r.customer_id = c.id
         and r.status in ('scheduled', 'in_progress')) order by name, id limit 5`,
    );
    expect(first.map(({ name }) => name)).toEqual(rows.map(({ name }) => name));
    expect(first).toHaveLength(5);
  },
  'creates one, once': async (customers) => {
    const customer = {
      name: 'Ødegård',
      email: 'o@mail.example',
      phone: null,
      address: null,
      taxExempt: true,
    };
    const created = await customers.create(customer);
    expect(created).toStrictEqual({ ...customer, id: 51 });
    expect(await customers.find(51)).toStrictEqual(created);
    await expect(customers.create(customer)).rejects.toThrow(ShopError);
  },
  'sets an address and takes it away': async (customers) => {
    const address = { city: 'Brno', lines: ['a', 'b'] };
    expect((await customers.setAddress(1, address))?.address).toStrictEqual(address);
    expect((await customers.find(1))?.address).toStrictEqual(address);
    expect((await customers.setAddress(1, null))?.address).toBeNull();
    expect((await customers.find(1))?.address).toBeNull();
    expect(await customers.setAddress(999, null)).toBeNull();
  },
  'removes without forgetting': async (customers) => {
    expect([await customers.remove(1), await customers.remove(1)]).toEqual([true, false]);
    expect(await customers.find(1)).toBeNull();
    expect(await customers.search('customer1@', 10)).toEqual([]);
  },
};
