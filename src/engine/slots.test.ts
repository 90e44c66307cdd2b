import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignSlots, namedInstances } from './slots.ts';

const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghijkl'.split('')), { maxLength: 10 });

describe('instance slots', () => {
  it('names at least one instance as soon as the exposure is not zero, and rounds up', () => {
    const slots = 'abcdefghij'.split('');
    expect(namedInstances(slots, 0)).toEqual([]);
    expect(namedInstances(slots, 1)).toEqual(['a']);
    expect(namedInstances(slots, 1_000)).toEqual(['a']);
    expect(namedInstances(slots, 1_001)).toEqual(['a', 'b']);
    expect(namedInstances(slots, 10_000)).toEqual(slots);
    expect(namedInstances(['a', 'b', 'c', 'd'], 1_000)).toEqual(['a']);
  });

  it('never takes an instance out of the named when the exposure grows', () => {
    fc.assert(
      fc.property(ids, fc.nat(10_000), fc.nat(10_000), (slots, a, b) => {
        const less = namedInstances(slots, Math.min(a, b));
        expect(namedInstances(slots, Math.max(a, b)).slice(0, less.length)).toEqual(less);
      }),
    );
  });

  it('gives the place of one that left to the first newcomer', () => {
    expect(assignSlots(['a', 'b', 'c'], ['a', 'b', 'c', 'x'], new Set(['b']))).toEqual(['a', 'x', 'c']);
  });

  it('keeps the place of one that left until somebody takes it', () => {
    expect(assignSlots(['a', 'b', 'c'], ['a', 'b', 'c'], new Set(['b']))).toEqual(['a', 'b', 'c']);
    expect(assignSlots(['a', 'b', 'c'], ['a', 'c'], new Set())).toEqual(['a', 'c']);
  });

  it('keeps everybody who is there in order, has no doubles, and does nothing twice', () => {
    fc.assert(
      fc.property(ids, ids, ids, (slots, known, goneList) => {
        const gone = new Set(goneList.filter((id) => known.includes(id)));
        const after = assignSlots(slots, known, gone);
        expect(new Set(after).size).toBe(after.length);
        const stayed = slots.filter((id) => known.includes(id) && !gone.has(id));
        expect(after.filter((id) => stayed.includes(id))).toEqual(stayed);
        for (const id of known) if (!gone.has(id)) expect(after).toContain(id);
        expect(assignSlots(after, known, gone)).toEqual(after);
      }),
    );
  });
});
