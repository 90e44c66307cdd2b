import { stripTypeScriptTypes } from 'node:module';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Folder } from './folder.ts';
import { proposalFor, type InitWishes } from './proposal.ts';

const EMPTY: Folder = { packageJson: null, gitignore: null, configs: {}, files: {}, nodeSqlite: null };
const WISHES: InitWishes = { id: undefined, repositories: null, force: false };

const having = (dependencies: readonly string[], more: Partial<Folder> = {}): Folder => ({
  ...EMPTY,
  packageJson: JSON.stringify({ dependencies: Object.fromEntries(dependencies.map((name) => [name, '1'])) }),
  ...more,
});
const PRISMA = `
// model Gone { id Int @id }
datasource db { provider = "postgresql" }
model User { id Int @id }
model OrderLine { id Int @id }
`;

/** The data in the text of a configuration, read as Node reads it. */
function dataIn(text: string | undefined): unknown {
  const code = stripTypeScriptTypes(text ?? '').replace(/^import .*$/m, 'const defineCutover = (x) => x;');
  return runInThisContext(`{${code.replace('export default', '')}}`);
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof CutoverError ? error.code : String(error);
  }
}

describe('what init guesses', () => {
  it.each([
    ['nothing', EMPTY, 'Control', 'Candidate', true],
    ['a driver', having(['pg']), 'Raw SQL (pg)', 'Drizzle', true],
    ['Node’s own driver', { ...EMPTY, nodeSqlite: 'src/db.ts' }, 'Raw SQL (node:sqlite)', 'Drizzle', true],
    ['Prisma', having(['@prisma/client', 'pg']), 'Prisma', 'Drizzle', true],
    [
      'Prisma’s schema alone',
      { ...EMPTY, files: { 'prisma/schema.prisma': PRISMA } },
      'Prisma',
      'Drizzle',
      true,
    ],
    ['Drizzle and a driver', having(['drizzle-orm', 'mysql2']), 'Raw SQL (mysql2)', 'Drizzle', true],
    ['Prisma and Drizzle', having(['@prisma/client', 'drizzle-orm', 'pg']), 'Prisma', 'Drizzle', false],
    ['TypeORM and Kysely', having(['typeorm', 'kysely']), 'TypeORM', 'Kysely', false],
    ['two databases', having(['mssql', 'pg']), 'SQL Server', 'PostgreSQL', true],
    [
      'SQLite and D1',
      having(['better-sqlite3'], { files: { 'wrangler.toml': '[[d1_databases]]\nbinding = "DB"' } }),
      'SQLite',
      'D1',
      true,
    ],
  ])('from %s', (_, folder, control, candidate, open) => {
    expect(proposalFor(folder, WISHES).found.guess).toMatchObject({ control, candidate, open });
  });

  it('not from what is commented out', () => {
    const files = { 'wrangler.jsonc': '{ // "d1_databases": []\n}', 'wrangler.toml': '# d1_databases' };
    const commented = { ...files, 'wrangler.jsonc': '{\n // "d1_databases": []\n}' };
    expect(proposalFor({ ...EMPTY, files: commented }, WISHES).found.databases).toEqual([]);
  });

  it('repositories from the models, unless they are named', () => {
    const folder = { ...EMPTY, files: { 'prisma/schema.prisma': PRISMA } };
    const plan = (wishes: Partial<InitWishes>) =>
      dataIn(proposalFor(folder, { ...WISHES, ...wishes }).changes[0]?.text);
    expect(plan({})).toMatchObject({ repositories: { user: {}, orderLine: {} }, id: 'prisma-to-drizzle' });
    expect(Object(plan({ repositories: ['bike'] })).repositories).toEqual({ bike: {} });
  });
});

describe('what init would write', () => {
  it('is a plan that validates, whatever is found and asked for', () => {
    const names = ['pg', 'mssql', 'better-sqlite3', 'knex', 'prisma', 'drizzle-orm', 'kysely', 'postgres'];
    fc.assert(
      fc.property(
        fc.subarray(names),
        fc.boolean(),
        fc.option(fc.stringMatching(/^[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,2}$/), { nil: undefined }),
        fc.option(fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_-]{0,60}$/), { minLength: 1 }), {
          nil: null,
        }),
        (dependencies, isD1, id, repositories) => {
          const files = isD1 ? { 'wrangler.json': '{"d1_databases":[]}' } : {};
          const [config] = proposalFor(having(dependencies, { files }), {
            ...WISHES,
            id,
            repositories,
          }).changes;
          const { plan } = parsePlan(dataIn(config?.text));
          if (id !== undefined) expect(plan.id).toBe(id);
          if (repositories !== null) expect(Object.keys(plan.repositories)).toEqual(repositories);
          expect(plan.environments).toEqual([
            { name: 'staging', protected: false },
            { name: 'production', protected: true },
          ]);
          expect(Math.max(...(config?.added ?? []).map((line) => line.length))).toBeLessThanOrEqual(110);
        },
      ),
    );
  });

  it('refuses an id or a repository that is none, in the words of the plan', () => {
    for (const wishes of [{ id: 'Not An Id' }, { repositories: ['a b'] }, { repositories: ['__proto__'] }])
      expect(codeOf(() => proposalFor(EMPTY, { ...WISHES, ...wishes }))).toBe('USAGE');
  });

  it('is nothing the second time, and never another plan without --force', () => {
    const [config, ignore] = proposalFor(EMPTY, WISHES).changes;
    const after = (text: string): Folder => ({
      ...EMPTY,
      gitignore: ignore?.text ?? null,
      configs: { 'cutover.config.ts': text },
    });
    expect(proposalFor(after(config?.text ?? ''), WISHES).changes).toEqual([]);
    expect(codeOf(() => proposalFor(after('export default 1'), WISHES))).toBe('USAGE');
    expect(proposalFor(after('export default 1'), { ...WISHES, force: true }).changes).toMatchObject([
      { file: 'cutover.config.ts', change: 'replace' },
    ]);
    const other = { ...EMPTY, configs: { 'cutover.config.js': '' } };
    expect(codeOf(() => proposalFor(other, { ...WISHES, force: true }))).toBe('USAGE');
  });

  it('fits a package that says commonjs, and says what it left undone', () => {
    const commonjs = proposalFor({ ...EMPTY, packageJson: '{"type":"commonjs"}' }, WISHES);
    expect(commonjs.changes[0]?.file).toBe('cutover.config.mts');
    expect(proposalFor(EMPTY, WISHES).skipped.join()).toContain('no package.json');
    expect(proposalFor({ ...EMPTY, packageJson: '{"scripts":1}' }, WISHES).skipped.join()).toContain(
      'no object',
    );
    const taken = proposalFor({ ...EMPTY, packageJson: '{"scripts":{"cutover":"x"}}' }, WISHES);
    expect(taken.skipped.join()).toContain('"cutover"');
    expect(codeOf(() => proposalFor({ ...EMPTY, packageJson: '{' }, WISHES))).toBe('USAGE');
    expect(codeOf(() => proposalFor({ ...EMPTY, packageJson: '[]' }, WISHES))).toBe('USAGE');
  });
});
