import { expect } from 'vitest';
import type { Repairs } from '../app/types.ts';
import type { Cases } from './case.ts';

export const repairCases: Cases<Repairs> = {
  'finds one with its parts, in order': async (repairs) => {
    expect(await repairs.find(1)).toStrictEqual({
      id: 1,
      customer: 'Rossi 99',
      bike: null,
      mechanic: 'Ivo',
      status: 'done',
      scheduledFor: new Date('2026-03-28T09:30:00Z'),
      finishedAt: null,
      labour: 1_550,
      notes: null,
      parts: [
        { sku: 'SKU20', quantity: 3, unitPrice: 805 },
        { sku: 'SKU40', quantity: 2, unitPrice: 1_505 },
      ],
    });
    expect(await repairs.find(999)).toBeNull();
  },
  'finds one that no mechanic has taken': async (repairs) => {
    expect(await repairs.find(3)).toMatchObject({ id: 3, mechanic: null });
  },
  'lists a day in summer time, also what nobody has taken': async (repairs) => {
    // The night in which an hour is left out in Rome: the day has 23 hours.
    const day = [new Date('2026-03-28T23:00:00Z'), new Date('2026-03-29T22:00:00Z')] as const;
    const found = await repairs.between(...day);
    expect(found).toHaveLength(16);
    expect(found.filter(({ mechanic }) => mechanic === null)).toHaveLength(5);
    expect(found[0]?.scheduledFor).toStrictEqual(new Date('2026-03-28T23:00:00Z'));
    const times = found.map(({ scheduledFor }) => scheduledFor.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  },
  'schedules one': async (repairs) => {
    const scheduledFor = new Date('2026-10-25T00:30:00.001Z');
    const created = await repairs.schedule({
      customerId: 2,
      bikeId: 2,
      mechanicId: null,
      scheduledFor,
      labour: 5,
      notes: '',
    });
    expect(created).toMatchObject({ id: 41, mechanic: null, scheduledFor, labour: 5, notes: '', parts: [] });
    expect(await repairs.find(41)).toStrictEqual(created);
  },
  'sets and clears when it was done': async (repairs) => {
    const at = new Date('2026-04-01T10:00:00Z');
    expect(await repairs.setStatus(2, 'done', at)).toMatchObject({ status: 'done', finishedAt: at });
    expect(await repairs.setStatus(2, 'in_progress', at)).toMatchObject({ finishedAt: null });
    expect(await repairs.setStatus(999, 'done', at)).toBeNull();
  },
  "adds a part at the item's price": async (repairs) => {
    const before = await repairs.find(2);
    const after = await repairs.addPart(2, 1, 4);
    expect(after?.parts).toStrictEqual([
      ...(before?.parts ?? []),
      { sku: 'SKU1', quantity: 4, unitPrice: 140 },
    ]);
    expect([await repairs.addPart(2, 999, 1), await repairs.addPart(999, 1, 1)]).toEqual([null, null]);
  },
  'asks a fixed number of questions, however many rows there are': async (repairs, { queriesOf }) => {
    const all = [new Date('2026-03-01T00:00:00Z'), new Date('2026-06-01T00:00:00Z')] as const;
    expect(await queriesOf(() => repairs.between(...all))).toBeLessThanOrEqual(6);
  },
};
