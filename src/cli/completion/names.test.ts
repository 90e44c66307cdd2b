import { describe, expect, it } from 'vitest';
import { configIn, isNameKind } from './names.ts';

describe('what was typed', () => {
  it.each([
    [['run'], null],
    [['run', '--config'], null],
    [['run', '--config', 'a.ts', '--environment', ''], 'a.ts'],
    [['--config=a=b.ts', 'run'], 'a=b.ts'],
    [['--config', '=', 'a.ts', 'run'], 'a.ts'],
    [['--config', '='], null],
  ])('%j names the configuration %j', (words, config) => {
    expect(configIn(words)).toBe(config);
  });

  it('is asked for by a kind of names', () => {
    expect(isNameKind('flags')).toBe(true);
    expect(isNameKind('toString')).toBe(false);
  });
});
