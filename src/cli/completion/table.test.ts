import { describe, expect, it } from 'vitest';
import type { Command, Option } from '../command.ts';
import { EXIT } from '../exit.ts';
import { completionTable, type Place } from './table.ts';

function command(name: string, more: Partial<Command> = {}): Command {
  return {
    name,
    summary: `does ${name}`,
    examples: [],
    mutates: false,
    run: () => Promise.resolve(EXIT.ok),
    ...more,
  };
}

const OPTIONS: readonly Option[] = [
  { flags: '--repository <name>', summary: 'only this one' },
  { flags: '--hard', summary: 'at once' },
];
const TABLE = completionTable([
  command('kill', { options: OPTIONS }),
  command('log'),
  command('log verify'),
  command('flag set', {
    arguments: [
      { name: 'flag', summary: 'its name' },
      { name: 'value', summary: 'what' },
      { name: 'shell', summary: 'where', choices: ['bash', 'zsh'] },
      { name: 'file', summary: 'to' },
    ],
  }),
  command('secret', { hidden: true }),
]);
const at = (path: string): Place | undefined => TABLE.find((place) => place.path === path);
const words = (path: string): readonly string[] | undefined => at(path)?.words.map(({ word }) => word);

describe('the table that scripts are made from', () => {
  it('has a place for each command and each group, once, and none for what is hidden', () => {
    expect(TABLE.map(({ path }) => path).toSorted()).toEqual([
      '',
      'flag',
      'flag set',
      'kill',
      'log',
      'log verify',
    ]);
  });

  it('knows which words may follow', () => {
    expect(words('')).toEqual(['kill', 'log', 'flag']);
    expect(words('flag')).toEqual(['set']);
    expect(words('log')).toEqual(['verify']);
    expect(words('kill')).toEqual([]);
    expect(at('')?.words.find(({ word }) => word === 'log')?.summary).toBe('does log');
  });

  it('knows what an option takes, its own and those that every command has', () => {
    const values = new Map(at('kill')?.options.map(({ word, value }) => [word, value]));
    expect(values.get('--repository')).toEqual({ kind: 'names', of: 'repositories' });
    expect(values.get('--hard')).toBeNull();
    expect(values.get('--environment')).toEqual({ kind: 'names', of: 'environments' });
    expect(values.get('--config')).toEqual({ kind: 'files' });
    expect(values.get('--confirm')).toEqual({ kind: 'free' });
    expect(values.get('--help')).toBeNull();
    expect(values.has('--version')).toBe(false);
    expect(at('')?.options.map(({ word }) => word)).toContain('--version');
  });

  it('knows what an argument may be', () => {
    expect(at('flag set')?.arguments).toEqual([
      { kind: 'names', of: 'flags' },
      { kind: 'free' },
      { kind: 'choices', values: ['bash', 'zsh'] },
      { kind: 'files' },
    ]);
  });
});
