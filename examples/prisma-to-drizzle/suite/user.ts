import { expect } from 'vitest';
import { ShopError, type Users } from '../app/types.ts';
import type { Cases } from './case.ts';

const NOOR = {
  id: 1,
  email: 'staff1@shop.example',
  name: 'Noor',
  role: 'owner',
  preferences: { language: 'it', till: 1 },
  lastSeenAt: null,
};

export const userCases: Cases<Users> = {
  'finds by number and by address': async (users) => {
    expect(await users.find(1)).toStrictEqual(NOOR);
    expect(await users.findByEmail('staff1@shop.example')).toStrictEqual(NOOR);
  },
  'says null for who is not there': async (users) => {
    expect(await users.find(999)).toBeNull();
    expect(await users.findByEmail('nobody@shop.example')).toBeNull();
  },
  'lists by name': async (users) => {
    await users.seen(1, new Date());
    expect((await users.list()).map(({ name }) => name)).toEqual([
      'Ana',
      'Béla',
      'Ivo',
      'Mia',
      'Noor',
      'Zed',
    ]);
  },
  'creates one, once': async (users) => {
    const user = {
      email: "o'brien@shop.example",
      name: 'späť ✓',
      role: 'clerk',
      preferences: { list: [1, null, 'a'], nested: { deep: true } },
    } as const;
    const created = await users.create(user);
    expect(created).toStrictEqual({ ...user, id: 7, lastSeenAt: null });
    expect(await users.find(created.id)).toStrictEqual(created);
    await expect(users.create(user)).rejects.toThrow(new ShopError('TAKEN', "o'brien@shop.example is taken"));
  },
  'replaces preferences': async (users) => {
    expect(await users.setPreferences(1, {})).toStrictEqual({ ...NOOR, preferences: {} });
    expect(await users.setPreferences(999, {})).toBeNull();
    expect((await users.find(1))?.preferences).toStrictEqual({});
  },
  'keeps a time to the millisecond': async (users) => {
    const at = new Date('2026-10-25T00:30:00.123Z');
    expect(await users.seen(1, at)).toBe(true);
    expect((await users.find(1))?.lastSeenAt).toStrictEqual(at);
  },
  'removes without forgetting': async (users, { pool }) => {
    expect(await users.remove(1)).toBe(true);
    expect(await users.remove(1)).toBe(false);
    expect(await users.find(1)).toBeNull();
    expect(await users.list()).toHaveLength(5);
    expect(await users.setPreferences(1, {})).toBeNull();
    const { rows } = await pool.query('select email from users where id = 1 and deleted_at is not null');
    expect(rows).toHaveLength(1);
  },
};
