import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences, type Shape, SHAPE } from './shape.ts';

const record = fc.dictionary(
  fc.string({ minLength: 1 }),
  fc.constantFrom('text', 'bigint', 'bigint not null'),
  {
    noNullPrototype: true,
  },
);
const shape: fc.Arbitrary<Shape> = fc.record({ columns: record, indexes: record });

describe('the difference of two schemas', () => {
  it('is nothing for the same one, and something for any other', () => {
    expect(differences(SHAPE)).toEqual([]);
    fc.assert(
      fc.property(shape, shape, (one, other) => {
        const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(differences(one, other).length === 0).toBe(isSame);
        expect(differences(one, other)).toHaveLength(differences(other, one).length);
      }),
    );
  });

  it('names what is missing, what is not ours and what is another type', () => {
    const columns = { 'events.at': 'text', 'events.note': 'text' };
    const shipped = { columns: { 'events.at': 'bigint', 'events.v': 'integer' }, indexes: {} };
    expect(differences({ columns, indexes: { fast: 'on events (at)' } }, shipped)).toEqual([
      'column events.at is text, not bigint',
      'column events.note is not ours (text)',
      'column events.v is missing (integer)',
      'index fast is not ours (on events (at))',
    ]);
  });
});

function sorted({ columns, indexes }: Shape): unknown {
  return [columns, indexes].map((all) => Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
