import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasControls, inOneLine, inPlainLines } from './index.ts';

const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    '\n',
    '\r',
    '\t',
    '\u001B',
    '[2J',
    '\u0007',
    '\u009B',
    '\u202E',
    '\u2066',
    'é',
  ),
});

describe('a text of any origin', () => {
  it('is one line in which nothing is hidden, and is not changed by being made so twice', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = inOneLine(text);
        expect(line).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
        expect(inOneLine(line)).toBe(line);
        expect(hasControls(line)).toBe(false);
      }),
    );
    expect(inOneLine(' two\r\n lines\u001B[2J ')).toBe('two lines\\u001b[2J');
  });

  it('keeps its lines where they are wanted, and nothing else that is not seen', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = inPlainLines(text);
        expect(lines.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
        expect(lines.split('\n')).toHaveLength(text.split('\n').length);
      }),
    );
    expect(inPlainLines('a\n\tb\r\u009Bc')).toBe('a\n\tb\\u000d\\u009bc');
  });
});
