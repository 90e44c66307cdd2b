import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference } from './difference.ts';

class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  toJSON(): string {
    return `${this.#cents} c`;
  }
}
class Token {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  matches(text: string): boolean {
    return this.#text === text;
  }
}
class Row {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}
class NotFound extends Error {}

const cyclic = (name: string): object => {
  const node: { name: string; self?: object } = { name };
  node.self = node;
  return { self: node, name };
};
const error = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

describe('the first difference', () => {
  it('is none between a value and its like, whatever it holds', () => {
    const anything = fc.anything({ withDate: true, withMap: true, withSet: true, withNullPrototype: true });
    fc.assert(
      fc.property(fc.clone(anything, 2), ([one, other]) => firstDifference(one, other) === undefined),
    );
  });

  it('is there exactly when JSON values are not deeply equal', () => {
    const few = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(few, few, (one, other) => {
        expect(firstDifference(one, other) === undefined).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });

  it('is where it was planted, however deep', () => {
    const step = fc.oneof(fc.nat(3), fc.constantFrom('a', 'b_1', '$'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.jsonValue(), (steps, same) => {
        const bury = (leaf: unknown): unknown =>
          steps.reduceRight<unknown>(
            (inner, at) =>
              typeof at === 'number'
                ? [...Array<unknown>(at).fill(same), inner]
                : { same, [at]: inner, also: same },
            leaf,
          );
        const path = steps.map((at) => (typeof at === 'number' ? `[${at}]` : `.${at}`)).join('');
        expect(firstDifference(bury(1), bury(2))).toEqual({ path, control: 1, candidate: 2 });
      }),
    );
  });

  it.each([
    ['another type', 1, '1', ''],
    ['null and undefined', { note: null }, { note: undefined }, '.note'],
    ['an absent key', { note: undefined }, {}, '.note'],
    ['a key too many', {}, { 'a-b': 1 }, '["a-b"]'],
    ['a shorter list', { rows: [1, 2] }, { rows: [1] }, '.rows[1]'],
    ['an object for a list', [], {}, ''],
    ['a time', { at: new Date(1) }, { at: new Date(2) }, '.at'],
    ['a time as text', { at: new Date(1) }, { at: new Date(1).toJSON() }, '.at'],
    ['bytes', new Uint8Array([1]), new Uint8Array([2]), ''],
    ['another class of bytes', new Uint8Array([1]), Buffer.from([1]), ''],
    ['a map', new Map([['a', { b: 1 }]]), new Map([['a', { b: 2 }]]), ".get('a').b"],
    ['a set', new Set([1, 2]), new Set([1, 3]), '.has(2)'],
    ['hidden content that speaks', { sum: new Money(1) }, { sum: new Money(2) }, '.sum'],
    ['hidden content', { token: new Token('a') }, { token: new Token('a') }, '.token'],
    ['two of them in a set', new Set([new Token('a')]), new Set([new Token('a')]), '.has(Token {})'],
    ['functions', { run: () => 1 }, { run: () => 1 }, '.run'],
    ['streams', (async function* () {})(), (async function* () {})(), ''],
    ['an error’s message', error('a'), error('b'), '.message'],
    ['an error’s class', new NotFound('a'), new Error('a'), '.constructor.name'],
    ['an error’s code', error('a', { code: 'E1' }), error('a', { code: 'E2' }), '.code'],
    [
      'an error’s cause',
      error('a', { cause: error('x') }),
      error('a', { cause: error('y') }),
      '.cause.message',
    ],
    ['a cycle', cyclic('a'), cyclic('b'), '.self.name'],
  ])('names %s', (_, control, candidate, path) => {
    expect(firstDifference(control, candidate)?.path).toBe(path);
  });

  it.each([
    ['rows without a prototype', Object.assign(Object.create(null) as object, { id: 1 }), { id: 1 }],
    ['rows of a class', new Row(1), { id: 1 }],
    ['what says the same', new Money(1), new Money(1)],
    ['errors but for their stack', error('a', { code: 1 }), error('a', { code: 1 })],
    ['sets in any order', new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
    ['cycles', cyclic('a'), cyclic('a')],
    ['not a number', [NaN], [NaN]],
  ])('is none between %s', (_, control, candidate) => {
    expect(firstDifference(control, candidate)).toBeUndefined();
  });
});
