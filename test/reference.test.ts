import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { referencePages } from '../scripts/reference.ts';
import { COMMANDS } from '../src/cli/commands/index.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Members of the types of a plan, counted without a parser. */
const MEMBERS = [...read('src/plan/input.ts').matchAll(/\breadonly (\w+)\??:/g)].map(([, name = '']) => name);

describe('the reference', () => {
  let pages: Readonly<Record<string, string>>;
  beforeAll(() => {
    pages = referencePages();
  });

  it.each(['docs/reference/commands.md', 'docs/reference/configuration.md'])(
    'in %s is what the code says; otherwise: npm run reference',
    (path) => {
      expect(read(path), `${path} is not what the code says: run npm run reference`).toBe(pages[path]);
    },
  );

  it('has a section for every command that is not hidden, with its options and examples', () => {
    const page = pages['docs/reference/commands.md'] ?? '';
    const sections = new Map(page.split(/^## /m).map((part) => [part.split('\n')[0], part]));
    for (const { name, options = [], examples, hidden } of COMMANDS) {
      expect(sections.has(name), name).toBe(hidden !== true);
      const missing = [...options.map(({ flags }) => `\`${flags}\``), ...examples].filter(
        (text) => hidden !== true && sections.get(name)?.includes(text) !== true,
      );
      expect(missing, name).toEqual([]);
    }
  });

  it('has every member of the types of a plan', () => {
    const rows = [...(pages['docs/reference/configuration.md'] ?? '').matchAll(/^\| `([^`]+)` \|/gm)];
    const keys = rows.map(([, path = '']) => path.replace(/^.*\./, ''));
    expect(MEMBERS.length).toBeGreaterThan(80);
    const count = (list: readonly string[], key: string): number => list.filter((one) => one === key).length;
    // Never fewer rows than members; more where several kinds of step share one.
    expect(MEMBERS.filter((key) => count(keys, key) < count(MEMBERS, key))).toEqual([]);
    expect(keys.filter((key) => !MEMBERS.includes(key))).toEqual([]);
  });

  it('says of every key what it is, and of one that may be left out what it then is', () => {
    const page = pages['docs/reference/configuration.md'] ?? '';
    const rows = [...page.matchAll(/^\| `([^`]+)` \|(.*)\|([^|]*)\|([^|]*)\|$/gm)];
    const missing = rows.flatMap(([, key = '', , byDefault = '', meaning = '']) =>
      key.endsWith('.kind') || (byDefault.trim() !== '' && meaning.trim() !== '') ? [] : [key],
    );
    expect(rows.length).toBeGreaterThan(80);
    expect(missing).toEqual([]);
  });

  it('leads from every word for a type to its table', () => {
    const page = pages['docs/reference/configuration.md'] ?? '';
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(new Set(headings).size).toBe(headings.length);
    expect(
      [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, to]) => to).filter((to) => !headings.includes(to ?? '')),
    ).toEqual([]);
  });
});
