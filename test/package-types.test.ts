import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES, pack, ROOT, unpack } from './fixtures/packed.ts';

const COMPILERS = {
  '5.9': 'tools/typescript-5/node_modules/typescript',
  '6.0': 'tools/typescript-6/node_modules/typescript',
  '7.0': 'node_modules/typescript',
} as const;
type Resolution = 'nodenext' | 'bundler';

/** Uses every entry so that `any` in place of a type is an error. */
const USES = `
import { createCutover, defineCutover, type Cutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import { describeBoth, manualClock, testSource } from 'cutover/testing';

const plan = defineCutover({
  id: 'a', title: 'A', topology: 'same-store', flag: { name: 'USE_IT' }, repositories: { user: {} },
  environments: { staging: {} }, metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [{ id: 'all', environment: 'staging', steps: [{ kind: 'expose', exposure: 50, of: 'users' }] }],
  rollback: { budget: '30s' },
});
class Users { async find(id: string): Promise<string> { return id; } }
const cutover: Cutover = createCutover(plan, { source: nodeSource(plan, { environment: 'staging' }) });
const users: Users = cutover.repository('user', { control: new Users(), candidate: new Users(), reads: ['find'] });
export const found: Promise<string> = cutover.pin({ key: 'one' }, () => users.find('one'));
// @ts-expect-error a read has to be a method
cutover.repository('user', { control: new Users(), candidate: new Users(), reads: ['fnid'] });
// @ts-expect-error an environment is a text
nodeSource(plan, { environment: 1 });
// @ts-expect-error a clock is made with a number, if with anything
manualClock('soon');
// @ts-expect-error there is no such option
testSource(plan, { nothing: true });
// @ts-expect-error both sides are asked for
describeBoth('users', {});
`;
/** Every entry, so that all declarations are read. */
const IMPORTS = ENTRIES.map(
  (entry, n) => `import type * as e${n} from '${entry}';\nexport type E${n} = typeof e${n};\n`,
);
/** Whose types the entries for them are made of; a user of such an entry has them. */
const PEERS = ['@openfeature', '@opentelemetry', 'express', 'fastify', 'hono', 'prom-client'];
/** What runs where there is no Node has to compile where there are no types of Node. */
const USES_RUNTIME = `
import { CutoverError, defineCutover, type PlanInput, type Source } from 'cutover';
export const code = (error: CutoverError): string => error.code;
export const define: (plan: PlanInput) => PlanInput = defineCutover;
export type Name = Source['instance'];
// @ts-expect-error a name is a text
export const name: Name = 1;
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-types-'));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'cutover'), { recursive: true });
  unpack(pack(folder), join(modules, 'cutover'));
  for (const name of ['@types', 'undici-types', ...PEERS])
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(folder, 'uses.ts'), USES);
  await writeFile(join(folder, 'entries.ts'), IMPORTS.join(''));
  await writeFile(join(folder, 'runtime.ts'), USES_RUNTIME);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a compiler says to files of the project and to what they import of the package. */
async function compile(
  at: string,
  resolution: Resolution,
  files: readonly string[],
  more: object,
): Promise<readonly string[]> {
  const compilerOptions = {
    target: 'es2023',
    module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution: resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    ...more,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(ROOT, at, 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  // `skipLibCheck` is off: what is wrong in the declarations of others is named by paths outside of this folder.
  return stdout.split('\n').filter((line) => /^(?:\w+\.ts|node_modules\/cutover\/|error)/.test(line));
}

/** A compiler of before 7 takes seconds for the types of all peers, and longer beside other work. Milliseconds. */
const TIMEOUT_MS = 180_000;

describe.each(Object.entries(COMPILERS))('the published types under TypeScript %s', (version, at) => {
  it('are checked by that version', () => {
    const tsc = join(ROOT, at, 'bin/tsc');
    expect(spawnSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' }).stdout).toContain(version);
  });

  it(
    'compile as a whole and refuse what is wrong, with nodenext',
    async () => {
      const said = await compile(at, 'nodenext', ['uses.ts', 'entries.ts'], { types: ['node'] });
      expect(said).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'compile and refuse what is wrong, with bundler',
    async () => {
      expect(await compile(at, 'bundler', ['uses.ts'], { types: ['node'] })).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'need no types of Node for the runtime entry',
    async () => {
      const said = await compile(at, 'bundler', ['runtime.ts'], { types: [], lib: ['es2023', 'dom'] });
      expect(said).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
