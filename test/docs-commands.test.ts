import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { parseCommandLine } from '../src/cli/program.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = (pattern: string): readonly string[] => globSync(pattern, { cwd: ROOT }).toSorted();

const PAGES = [
  'README.md',
  'SECURITY.md',
  ...files('docs/{guide,operations,reference}/*.md'),
  ...files('examples/*/README.md'),
];

/** What a page tells its reader to type: lines of blocks, and whole code spans. Not how help prints a usage. */
function typed(page: string): readonly string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/```(?:sh|bash)\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const spans = [...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\n', ' '),
  );
  return [...blocks, ...spans].flatMap((line) => {
    const [, command] = /^\s*(?:npx )?cutover ((?![\w-]*\/)[a-z].*)$/.exec(line) ?? [];
    return command === undefined || command.includes('[options]') ? [] : [command];
  });
}

/** As a shell splits it, without comment and redirection. A name in angle brackets stands for any value, `…` for more. */
function words(command: string): readonly string[] {
  const plain = command
    .replace(/\s(?:#|>) .*$/, '')
    .replaceAll(/<[^>]*>/g, 'value')
    .replaceAll(/\s…/g, '');
  return [...plain.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, word]) => double ?? single ?? word ?? '',
  );
}

/** A page may speak of a command without the values that it takes. */
const isNamedOnly = (command: string, error: unknown): boolean =>
  /^[a-z -]+$/.test(command) && String(error).includes('missing required argument');

const all = PAGES.flatMap((page) => typed(page).map((command) => ({ page, command })));

describe('commands that the pages name', () => {
  it('are many', () => expect(all.length).toBeGreaterThan(100));

  it('are understood, with all of their options', async () => {
    const wrong: string[] = [];
    for (const { page, command } of all) {
      const asked = parseCommandLine(COMMANDS, words(command), { version: '0', width: 80 });
      await asked.catch((error: unknown) => {
        if (!isNamedOnly(command, error)) wrong.push(`${page}: cutover ${command}: ${String(error)}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});

describe('every command', () => {
  const tests = files('{test,examples}/**/*.test.ts').map(read).join('\n');

  it.each(COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name))(
    '%s is run by a test',
    (name) => {
      const quoted = name.split(' ').map((word) => `'${word}'`);
      expect(tests).toMatch(new RegExp(String.raw`[([]\s*${quoted.join(String.raw`,\s*`)}`));
    },
  );
});
