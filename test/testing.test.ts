import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import * as nodeTest from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestRunner } from 'cutover/testing';
import * as vitest from 'vitest';

const { afterAll, beforeAll, describe, expect, it } = vitest;

const ROOT = join(import.meta.dirname, '..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const GUIDE = readFileSync(join(ROOT, 'docs/guide/testing.md'), 'utf8');
const [GUIDE_SUITE = '', GUIDE_OUTAGE = ''] = [...GUIDE.matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, text = '']) => text,
);

/** What a user has: two data layers on one table. The candidate's are wrong in a way that only a comparison sees. */
const LAYERS = `
export class Table { rows = new Map(); writes = []; }
class Users {
  constructor(table) { this.table = table; }
  async find(id) {
    if (id < 0) throw Object.assign(new Error('there is none'), { code: this.code });
    const name = this.table.rows.get(id);
    return name === undefined ? null : { id, name, address: this.address() };
  }
  async create(id, name) { this.table.rows.set(id, name); this.table.writes.push(name); }
}
export class SqlUsers extends Users { code = 'SQL'; address() { return { city: 'Wien', zip: null }; } }
export class DrizzleUsers extends Users { code = 'DRIZZLE'; address() { return { city: 'Wien' }; } }
`;

const suite = (imports: string, options: string, runner: string): string => `
import assert from 'node:assert/strict';
import { describeBoth } from 'cutover/testing';
import { DrizzleUsers, SqlUsers, Table } from './layers.mjs';
${imports}
let table;
beforeEach(() => { table = new Table(); });
const layers = { control: () => new SqlUsers(table), candidate: async () => new DrizzleUsers(table) };
describeBoth('user', { ...layers, reads: ['find'] ${options} }, (users) => {
  it('writes once', async () => {
    await users().create(1, 'Ana');
    assert.deepEqual(table.writes, ['Ana']);
  });
  it('finds who was created', async () => {
    await users().create(7, 'Bea');
    assert.equal((await users().find(7)).name, 'Bea');
    assert.deepEqual(table.writes, ['Bea']);
  });
  it('finds nobody else', async () => assert.equal(await users().find(8), null));
  it('throws for what cannot be', () => assert.rejects(users().find(-1)));
} ${runner});
`;
const LENIENT = ', compare: (control, candidate) => control.kind === candidate.kind';
const FROM = (runner: string): string => `import { beforeEach, describe, it } from '${runner}';`;
const PASSED = ', { describe, beforeEach }';

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'newcomer', private: true, type: 'module' }),
  'layers.mjs': LAYERS,
  'node.mjs': suite(FROM('node:test'), '', PASSED),
  'node-lenient.mjs': suite(FROM('node:test'), LENIENT, PASSED),
  'node-serves.mjs': suite(FROM('node:test'), `${LENIENT}, serves: 'candidate'`, PASSED),
  'node-without.mjs': suite(FROM('node:test'), '', ''),
  'imported.vitest.mjs': suite(FROM('vitest'), '', PASSED),
  'lenient.vitest.mjs': suite(FROM('vitest'), LENIENT, PASSED),
  'global.vitest.mjs': suite('', '', ''),
  'vitest.config.mjs': `export default { test: { include: ['*.vitest.mjs'], globals: true } };`,
  'users.test.ts': GUIDE_SUITE,
  'outage.test.ts': GUIDE_OUTAGE,
  // What the guide leaves to the reader.
  'users.ts': `
export function openDatabase(_file: string) { return { rows: [] as string[], close() {} }; }
export class SqlUsers {
  private readonly db: ReturnType<typeof openDatabase>;
  constructor(db: ReturnType<typeof openDatabase>) { this.db = db; }
  async find(id: number): Promise<{ id: number; name: string } | null> {
    const name = this.db.rows[id];
    return name === undefined ? null : { id, name };
  }
  async create(name: string): Promise<number> { return this.db.rows.push(name) - 1; }
}
export class DrizzleUsers extends SqlUsers {}
`,
  'cutover.config.ts': `export default { id: 'users-to-drizzle', repositories: { user: {} } };`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: ['node'],
    },
    include: ['*.ts'],
  }),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-testing-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/cutover'));
  for (const name of ['vitest', 'typescript', '@typescript', '@types', 'undici-types'])
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Ran = { readonly status: number | null; readonly said: string };

/** Of this run's own variables none: a child would take itself for one of its workers. */
function run(...args: readonly string[]): Ran {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/VITEST|NODE_TEST/.test(name)),
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { status, said: stdout + stderr };
}

type Result = { readonly title: string; readonly passed: boolean };

/** The tests of a run on `node:test`, by their title with those of their suites. */
function onNode(file: string): Ran & { readonly results: readonly Result[] } {
  const ran = run('--test', '--test-reporter=tap', file);
  const suites: string[] = [];
  const results = ran.said.split('\n').flatMap((line): Result[] => {
    const [, indent = '', title = ''] = /^( *)# Subtest: (.*)$/.exec(line) ?? [];
    if (title !== '') suites.splice(indent.length / 4, Infinity, title);
    const [, space = '', not, name = ''] = /^( {8})(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    return space === ''
      ? []
      : [{ title: [...suites.slice(0, 2), name].join(' '), passed: not === undefined }];
  });
  return { ...ran, results };
}

function onVitest(file: string): Ran & { readonly results: readonly Result[] } {
  const report = join(folder, `${file}.json`);
  const { status, said } = run(VITEST, 'run', '--reporter=json', `--outputFile=${report}`, file);
  if (!existsSync(report)) throw new Error(said);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly testResults: readonly {
      readonly assertionResults: readonly {
        readonly fullName: string;
        readonly status: string;
        readonly failureMessages: readonly string[];
      }[];
    }[];
  };
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    status,
    said: tests.flatMap(({ failureMessages }) => failureMessages).join('\n'),
    results: tests.map(({ fullName, status }) => ({ title: fullName, passed: status === 'passed' })),
  };
}

const TESTS = ['writes once', 'finds who was created', 'finds nobody else', 'throws for what cannot be'];
const ALL = ['control', 'candidate', 'both, compared'].flatMap((variant) =>
  TESTS.map((name) => `user ${variant} ${name}`),
);

describe.each([
  ['node:test', 'node.mjs', onNode],
  ['vitest, imported', 'imported.vitest.mjs', onVitest],
  ['vitest, global', 'global.vitest.mjs', onVitest],
])('a suite on %s', (_, file, runSuite) => {
  it('runs three times; a difference that its own checks do not see is found, and a write runs once', () => {
    const { status, said, results } = runSuite(file);
    expect(results.map(({ title }) => title)).toEqual(ALL);
    // The last one expects an error, any error, and catches the difference: it fails all the same.
    expect(results.filter(({ passed }) => !passed).map(({ title }) => title)).toEqual([
      'user both, compared finds who was created',
      'user both, compared throws for what cannot be',
    ]);
    expect(status).toBe(1);
    expect(said).toContain('user.find(7): the answers differ at address.zip: candidate lacks it');
    expect(said).toContain("control   returned { id: 7, name: 'Bea', address: { city: 'Wien', zip: null } }");
    expect(said).toContain("user.find(-1): the answers differ at error.code: 'SQL' and 'DRIZZLE'");
  });
});

describe('a suite with a compare', () => {
  it.each([
    ['node-lenient.mjs', onNode],
    ['node-serves.mjs', onNode],
    ['lenient.vitest.mjs', onVitest],
  ])('passes what it lets pass: %s', (file, runSuite) => {
    const { status, said, results } = runSuite(file);
    expect(results, said).toEqual(ALL.map((title) => ({ title, passed: true })));
    expect(status).toBe(0);
  });
});

describe('a suite without a runner', () => {
  it('is told to pass one', () => {
    const { status, said } = run('--test', 'node-without.mjs');
    expect(status).toBe(1);
    expect(said).toContain('there is no global describe() and beforeEach()');
  });
});

describe('the guide', () => {
  it('has examples that compile against the published types, and pass', () => {
    const compiled = run(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder);
    expect(compiled.said).toBe('');
    const { status, said } = run('--test', '--test-reporter=tap', 'users.test.ts', 'outage.test.ts');
    expect(status, said).toBe(0);
    expect(said).toContain('# pass 4');
  });

  it('keeps to 80 lines', () => {
    expect(GUIDE.trimEnd().split('\n').length).toBeLessThanOrEqual(80);
  });

  it('is about runners whose functions fit as they are', () => {
    const runners: readonly TestRunner[] = [
      { describe: vitest.describe, beforeEach: vitest.beforeEach },
      { describe: nodeTest.describe, beforeEach: nodeTest.beforeEach },
    ];
    expect(runners).toHaveLength(2);
  });
});
