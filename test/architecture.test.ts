import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A folder imports only from rows below its own, types included. Files at the root of `src` are folders of their own. */
const ROWS: readonly (readonly string[])[] = [
  ['kernel'],
  ['store', 'dialect', 'route', 'compare', 'measure'],
  ['plan', 'verify', 'ledger'],
  ['gate', 'config', 'schedule'],
  ['migrate', 'backup', 'data', 'deploy', 'people', 'repository'],
  ['engine', 'rollback', 'wire'],
  ['report', 'telemetry', 'simulate', 'runbook', 'cleanup', 'planlint'],
  ['server', 'node', 'testing', 'middleware', 'serverless', 'shadow', 'index'],
  ['cli'],
];

type Files = Readonly<Record<string, string>>;

/** Import and export specifiers of a file, static and dynamic. */
function specifiers(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  );
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path.replace(/\.ts$/, '');
}

function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

/** Everything that breaks the rules, a sentence each. @param files text by path within `src` */
function violations(files: Files): readonly string[] {
  const found: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const folder = folderOf(path);
    const row = ROWS.findIndex((names) => names.includes(folder));
    if (row < 0) found.push(`${path}: folder "${folder}" stands in no row`);
    for (const specifier of specifiers(text)) {
      if (!specifier.startsWith('.')) continue;
      const to = target(path, specifier);
      const other = folderOf(to);
      if (other === folder) continue;
      if (to.startsWith('..')) found.push(`${path} leaves src: ${specifier}`);
      else if (!(to in files)) found.push(`${path} imports ${to}, which is not there`);
      else if (to !== `${other}/index.ts` && to !== `${other}.ts`)
        found.push(`${path} enters ${other} by ${to}, not by its index`);
      else if (ROWS.findIndex((names) => names.includes(other)) >= row)
        found.push(`${path} imports ${other}, which is not below ${folder}`);
    }
  }
  return found;
}

/** What the pages may have of `src`: code that runs in a browser, by its index, and types of anything. */
function pageViolations(files: Files): readonly string[] {
  return Object.entries(files).flatMap(([path, text]) =>
    specifiers(withoutTypes(text))
      .filter((specifier) => /^(?:\.\.\/)+src\//.test(specifier))
      .filter((specifier) => !/\/src\/(?:kernel|wire)\/index\.ts$/.test(specifier))
      .map((specifier) => `${path} imports ${specifier}`),
  );
}

/** What an application would load with the runtime that is not ours. */
function foreign(files: Files, entry: string): readonly string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const walk = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of specifiers(withoutTypes(files[path] ?? ''))) {
      if (specifier.startsWith('.')) walk(target(path, specifier));
      else found.push(`${path} imports ${specifier}`);
    }
  };
  walk(entry);
  return found;
}

function withoutTypes(text: string): string {
  return text.replace(/\b(?:import|export)\s+type\s[^;]*;/g, '');
}

function sources(folder: string, root = folder): Files {
  return Object.fromEntries(
    readdirSync(folder).flatMap((name): [string, string][] => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return Object.entries(sources(path, root));
      return /\.tsx?$/.test(name) && !name.endsWith('.test.ts')
        ? [[relative(root, path), readFileSync(path, 'utf8')]]
        : [];
    }),
  );
}

const SRC = join(import.meta.dirname, '../src');

describe('the architecture', () => {
  it('has folders that import only from rows below, through their index', () => {
    expect(violations(sources(SRC))).toEqual([]);
  });

  it('gives the pages no code of the server, its types only', () => {
    expect(pageViolations(sources(join(SRC, '../dashboard')))).toEqual([]);
    const judge = (text: string) => pageViolations({ 'a.tsx': text });
    expect(judge("import { x } from '../src/server/index.ts';")).toHaveLength(1);
    expect(judge("import type { X } from '../../src/server/route.ts';")).toEqual([]);
  });

  it('gives an application a runtime without a dependency and without node:', () => {
    expect(foreign(sources(SRC), 'index.ts')).toEqual([]);
    expect(foreign(sources(SRC), 'serverless/index.ts')).toEqual([]);
    expect(foreign(sources(SRC), 'shadow/index.ts')).toEqual([]);
  });

  it('is judged by rules that can fail', () => {
    const index = (name: string): Files => ({ [`${name}/index.ts`]: 'export {}' });
    const files = { ...index('kernel'), ...index('engine'), ...index('store') };
    const judge = (path: string, text: string): string => violations({ ...files, [path]: text }).join();
    expect(judge('kernel/a.ts', "import type { X } from '../engine/index.ts';")).toContain('not below');
    expect(judge('store/a.ts', "export * from '../route/index.ts';")).toContain('not there');
    expect(judge('engine/a.ts', "import { x } from '../store/sqlite.ts';")).toContain('not there');
    expect(judge('utils/a.ts', '')).toContain('no row');
    expect(
      violations({
        ...files,
        'store/deep.ts': '',
        'engine/a.ts': "const x = await import('../store/deep.ts');",
      }).join(),
    ).toContain('not by its index');
    expect(judge('engine/a.ts', "import { x } from '../store/index.ts';")).toBe('');
    expect(
      foreign(
        {
          'index.ts': "export { x } from './a.ts';",
          'a.ts': "import { z } from 'zod';\nimport type { T } from 'other';",
        },
        'index.ts',
      ),
    ).toEqual(['a.ts imports zod']);
  });
});
