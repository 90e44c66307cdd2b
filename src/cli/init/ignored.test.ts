import { describe, expect, it } from 'vitest';
import { withIgnored } from './ignored.ts';

describe('withIgnored', () => {
  it.each([
    [null, '.cutover/\n'],
    ['', '.cutover/\n'],
    ['dist/\n', 'dist/\n.cutover/\n'],
    ['dist/', 'dist/\n.cutover/\n'],
    ['dist/\r\n', 'dist/\r\n.cutover/\r\n'],
    ['# .cutover/\n', '# .cutover/\n.cutover/\n'],
    ['.cutover2/\n', '.cutover2/\n.cutover/\n'],
  ])('adds the line to %j', (before, after) => {
    expect(withIgnored(before)).toBe(after);
    expect(withIgnored(after)).toBe(after);
  });

  it.each(['.cutover', '/.cutover/', '**/.cutover', '.cutover/**', '!.cutover/', '  .cutover/  '])(
    'leaves what a person wrote: %j',
    (line) => {
      expect(withIgnored(`dist\n${line}\n`)).toBe(`dist\n${line}\n`);
    },
  );
});
