import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullPaint, noPaint, type Style } from './paint.ts';
import { jsonLine, terminalText } from './terminal-text.ts';

const hostile = fc.string({
  unit: fc.constantFrom('a', '\n', '\r', '\u001B', '[2J', '[8m', ']0;title', '\u0007', '\u009B', '\u202E'),
});
const styles = fc.constantFrom<Style[]>('strong', 'dim', 'good', 'warning', 'bad', 'accent', 'plain');

const OURS = new RegExp(`${'\u001B'}\\[(?:1|2|22|3[1236]|39)m`, 'g');

describe('what is shown on a terminal', () => {
  it('keeps every colour of ours, and spells out whatever else a terminal would carry out', () => {
    fc.assert(
      fc.property(styles, hostile, (style, text) => {
        const shown = terminalText(fullPaint(style, `x${text}`), fullPaint);
        expect(shown.startsWith(fullPaint(style, 'x').split('x')[0] ?? '')).toBe(true);
        const rest = shown.replaceAll(OURS, '').replaceAll('\n', '');
        expect(rest).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });

  it('has no colour of anybody where we write none', () => {
    expect(terminalText('\u001B[31mred', noPaint)).toBe('\\u001b[31mred');
  });

  it('is as JSON the same value, also with what JSON lets pass', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = jsonLine({ text });
        expect(JSON.parse(line)).toEqual({ text });
        expect(line).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });
});
