import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capture, redact } from '../compare/index.ts';
import { readShown } from './index.ts';

const shown = (value: unknown, show: readonly string[] = ['args[0]', 'args[0][]']): string => {
  const seen = capture(value);
  if (seen.kind !== 'returned') throw new Error(seen.kind);
  return redact(seen.value, 'args[0]', { show });
};

describe('an argument that is shown', () => {
  const plain = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: false }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    fc.date({ noInvalidDate: true }),
    fc.string({ maxLength: 30 }),
  );
  const key = fc.stringMatching(/^[a-z]\w{0,6}$/).filter((name) => !/name|mail|zip|ip|key/.test(name));

  it('is read back as it was', () => {
    const value = fc.oneof(
      plain,
      fc.array(plain, { maxLength: 3 }),
      fc.dictionary(key, fc.oneof(fc.integer(), fc.boolean(), fc.date({ noInvalidDate: true })), {
        maxKeys: 3,
      }),
    );
    fc.assert(
      fc.property(value, (one) => {
        const text = shown(one);
        const read = readShown(text);
        // What does not fit is not read at all.
        if (text.length >= 120 || text.includes('‹')) expect(read).toBeUndefined();
        else expect(read).toEqual({ value: one });
      }),
      { numRuns: 1_000 },
    );
  });

  it('and was not kept whole is not guessed', () => {
    const many = Array.from({ length: 9 }, (_, at) => at);
    const cases: readonly unknown[] = [
      'a text',
      { email: 'ana@shop.example' },
      many,
      Object.fromEntries(many.map((at) => [`a${at}`, at])),
      new Uint8Array(3),
      new Map([['a', 1]]),
      new Set([1]),
      new Error('x'),
      new Date(Number.NaN),
      { s: 1, e: 0, d: [1], toFixed: () => '1.5' },
      10n ** 130n,
      '1'.repeat(200),
      { 'not a name': 1 },
    ];
    for (const one of cases) expect(readShown(shown(one, [])), shown(one, [])).toBeUndefined();
  });

  it('with a beginning that can be read is not read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readShown(text);
        if (read !== undefined) expect(text.trim()).toBe(text);
      }),
    );
    for (const text of ['1 2', '[1, 2', '{ a: 1', '"a', '1x', 'undefined1', '[1,2]', '{ __proto__: 1 }', ''])
      expect(readShown(text), text).toBeUndefined();
  });
});
