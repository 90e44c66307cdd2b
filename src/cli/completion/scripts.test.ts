import { describe, expect, it } from 'vitest';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import type { Place } from './table.ts';
import { zshScript } from './zsh.ts';

const PLACE: Place = {
  path: '',
  words: [{ word: 'a:b', summary: String.raw`the plan's \ way` }],
  options: [{ word: '--file', summary: 'it', value: { kind: 'files' } }],
  arguments: [{ kind: 'choices', values: ['x', 'y'] }],
};

describe('the scripts', () => {
  it('keep quotes, backslashes and colons of a summary from the shell', () => {
    expect(zshScript([PLACE])).toContain(String.raw`offers=('a\:b:the plan'\''s \ way')`);
    expect(fishScript([PLACE])).toContain(String.raw`'a:b' 'the plan\'s \\ way'`);
    expect(bashScript([PLACE])).toContain(`offers='a:b'`);
  });

  it.each([
    ['bash', bashScript],
    ['zsh', zshScript],
  ])('of %s say what options and arguments take', (_, script) => {
    expect(script([PLACE])).toContain(`(' --file') value='files' ;;`);
    expect(script([PLACE])).toContain(`(' 0') value='choices:x y' ;;`);
  });

  it('of fish says so too', () => {
    expect(fishScript([PLACE])).toMatch(/case ' --file'\n\s+echo 'files'/);
    expect(fishScript([PLACE])).toMatch(/case ' 0'\n\s+echo 'choices:x y'/);
  });
});
