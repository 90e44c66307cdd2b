import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { EXIT, exitCodeOf } from '../src/cli/exit.ts';
import { ERROR_CODES } from '../src/kernel/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Files under version control, and new ones that are not ignored. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const PAGES = FILES.filter((path) => path.endsWith('.md'));
const SOURCES = FILES.filter((path) => path.startsWith('src/') && path.endsWith('.ts'));

/** Rows of the first table of a page, cell by cell, without its head. */
function tableOf(path: string): readonly (readonly string[])[] {
  const lines = read(path)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the page of errors', () => {
  const page = read('docs/reference/errors.md');
  const entries = [...page.matchAll(/^### (\w+)\n\[(\d+)\]/gm)].map(([, name = '', exit]) => ({
    code: name.toUpperCase(),
    exit: Number(exit),
  }));

  it('has an entry with the exit code for each code, and no other', () => {
    const expected = ERROR_CODES.map((code) => ({ code, exit: exitCodeOf(code) }));
    const byCode = (one: { code: string }, other: { code: string }): number =>
      one.code < other.code ? -1 : 1;
    expect(entries.toSorted(byCode)).toEqual(expected.toSorted(byCode));
  });

  it('lists only codes that something throws', () => {
    const code = SOURCES.filter((path) => !/test|kernel\/errors|cli\/exit/.test(path))
      .map(read)
      .join('\n');
    expect(ERROR_CODES.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });
});

describe('the page of exit codes', () => {
  it('has each one', () => {
    const codes = tableOf('docs/reference/exit-codes.md').map(([code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });
});

describe('the page of precedence', () => {
  it('has every reason that a decision can have, in the order of the rules', () => {
    const [, union = ''] = /type Why =([\s\S]*?);/.exec(read('src/route/decide.ts')) ?? [];
    const reasons = [...union.matchAll(/'([^']+)'/g)].map(([, reason]) => reason);
    const shown = tableOf('docs/reference/precedence.md').map((cells) => cells.at(-1)?.replaceAll('`', ''));
    expect([...new Set(shown)].filter((reason) => reason !== '')).toEqual(reasons);
  });
});

describe('the glossary', () => {
  const banned = tableOf('docs/glossary.md').flatMap(([word = '', , not = '']) =>
    not
      .split(', ')
      .filter((synonym) => synonym !== '')
      .map((synonym) => ({ word, synonym })),
  );

  /** @returns `path: synonym` where a text has a word that the glossary replaces */
  function found(path: string, text: string): readonly string[] {
    const words = text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
    return banned
      .filter(({ synonym }) => new RegExp(`\\b${synonym}s?\\b`, 'i').test(words))
      .map(({ word, synonym }) => `${path} says "${synonym}" for "${word}"`);
  }

  it('is kept to by documentation, code and command line', () => {
    const pages = PAGES.filter((path) => path !== 'docs/glossary.md');
    const help = JSON.stringify(COMMANDS);
    expect([
      ...[...pages, ...SOURCES].flatMap((path) => found(path, read(path))),
      ...found('help', help),
    ]).toEqual([]);
    expect(found('a', 'const legacyUsers = toggle()')).toHaveLength(2);
  });

  it('is kept to by exported names: none says old, new, legacy or modern', () => {
    const names = ['src/index.ts', 'src/node/index.ts', 'src/testing/index.ts'].flatMap((path) => [
      ...read(path).matchAll(/\b([A-Za-z]+)\b(?=\s*[,}])/g),
    ]);
    expect(names.length).toBeGreaterThan(10);
    expect(
      names.map(([, name]) => name).filter((name) => /^(old|new|legacy|modern)/i.test(name ?? '')),
    ).toEqual([]);
  });
});

describe('the pages', () => {
  it('link to files and headings that are there', () => {
    const broken = PAGES.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)]
        .map(([, file = '', anchor]) => ({ to: file === '' ? path : join(dirname(path), file), anchor }))
        .filter(({ to, anchor }) => !existsSync(join(ROOT, to)) || !hasHeading(to, anchor))
        .map(({ to, anchor = '' }) => `${path} links to ${to}${anchor}`),
    );
    expect(broken).toEqual([]);
  });

  it('keep the README to 120 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });
});

function hasHeading(path: string, anchor: string | undefined): boolean {
  if (anchor === undefined) return true;
  const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(
    ([, text = '']) =>
      `#${text
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
  return headings.includes(anchor);
}

describe('the lock files', () => {
  type Entry = {
    readonly dependencies?: object;
    readonly optionalDependencies?: object;
    readonly resolved?: string;
  };
  const locks = FILES.filter((path) => path.endsWith('package-lock.json'));

  /** Whether `name`, wanted by the package at `from`, is in the tree: there or in a folder above. */
  function isIn(packages: Readonly<Record<string, Entry>>, from: string, name: string): boolean {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true;
      if (at === '') return false;
    }
  }

  it.each(locks)('%s is whole on every platform and names no host', (path) => {
    const { packages } = JSON.parse(read(path)) as { readonly packages: Readonly<Record<string, Entry>> };
    const missing = Object.entries(packages).flatMap(([at, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !isIn(packages, at, name))
        .map((name) => `${at} wants ${name}`),
    );
    expect(missing).toEqual([]);
    expect(Object.values(packages).filter(({ resolved }) => resolved?.includes('://'))).toEqual([]);
  });
});

describe('the repository', () => {
  it('names no path of a machine', () => {
    const text = FILES.filter((path) => /\.(ts|mts|mjs|json|md|svg|yml)$/.test(path) || path === '.ci/run');
    const home = new RegExp(['/wor' + 'k/', '/ro' + 'ot/', '/ho' + 'me/\\w', 'C:\\\\Users'].join('|'));
    expect(text.filter((path) => home.test(read(path)))).toEqual([]);
  });
});
