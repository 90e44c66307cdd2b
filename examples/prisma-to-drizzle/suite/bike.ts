import { expect } from 'vitest';
import { ShopError, type Bikes } from '../app/types.ts';
import type { Cases } from './case.ts';

export const bikeCases: Cases<Bikes> = {
  'finds one': async (bikes) => {
    expect(await bikes.find(1)).toStrictEqual({
      id: 1,
      serialNumber: 'SN000999',
      model: 'Model 1',
      status: 'available',
      price: 66_990,
      tax: 2_200,
      specs: { gears: 2, tags: ['city', 1] },
      reservedFor: null,
      reservedUntil: null,
    });
    expect((await bikes.find(4))?.specs).toBeNull();
    expect(await bikes.find(999)).toBeNull();
  },
  'lists what is available, the cheapest first': async (bikes) => {
    const prices = (await bikes.available(20)).map(({ price }) => price);
    expect(prices).toHaveLength(20);
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
  },
  'creates one, once, to the cent': async (bikes) => {
    const bike = { serialNumber: 'A1', model: 'Roadster', price: 99_999_999, tax: 401, specs: null };
    const created = await bikes.create(bike);
    expect(created).toMatchObject({ ...bike, id: 201, status: 'available' });
    expect(await bikes.find(201)).toStrictEqual(created);
    await expect(bikes.create(bike)).rejects.toThrow(ShopError);
  },
  'reserves what is available, for one': async (bikes) => {
    const until = new Date('2026-03-29T02:30:00Z');
    const reserved = await bikes.reserve(1, 7, until);
    expect(reserved).toMatchObject({ status: 'reserved', reservedFor: 7, reservedUntil: until });
    expect(await bikes.find(1)).toStrictEqual(reserved);
    expect(await bikes.reserve(1, 8, until)).toBeNull();
    expect(await bikes.reserve(999, 8, until)).toBeNull();
    expect((await bikes.available(1_000)).some(({ id }) => id === 1)).toBe(false);
  },
  'releases what is reserved': async (bikes) => {
    await bikes.reserve(1, 7, new Date());
    expect(await bikes.release(1)).toMatchObject({
      status: 'available',
      reservedFor: null,
      reservedUntil: null,
    });
    expect(await bikes.release(1)).toBeNull();
  },
};
