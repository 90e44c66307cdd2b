import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noPaint } from '../paint.ts';
import { table } from './table.ts';
import { clip, wrap } from './text.ts';

describe('table', () => {
  it('aligns columns and lets the widest one give way', () => {
    const rows = [
      [
        { text: 'a' },
        { text: 'a text that is much too long for the room there is' },
        { text: '1', align: 'right' as const },
      ],
      [{ text: 'name' }, { text: 'short' }, { text: '1,000', align: 'right' as const }],
    ];
    expect(table(rows, 40, noPaint)).toEqual([
      '  a     a text that is much too …      1',
      '  name  short                      1,000',
    ]);
  });

  it('fits any width that leaves a column four characters', () => {
    const cell = fc.record({ text: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }) });
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 30, max: 120 }), (given, width) => {
        for (const line of table(given, width, noPaint)) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('wrap', () => {
  it('breaks between words and loses none', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 20, max: 100 }), (text, width) => {
        const lines = wrap(text, width, '  ');
        expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cuts with a sign that something was cut', () => {
    expect(clip('abcdef', 4)).toBe('abc…');
    expect(clip('abcd', 4)).toBe('abcd');
  });
});
