import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, ROOT, unpack } from './fixtures/packed.ts';

const COMPILERS = {
  '5.9': 'tools/typescript-5/node_modules/typescript',
  '6.0': 'tools/typescript-6/node_modules/typescript',
  '7.0': 'node_modules/typescript',
} as const;
const RESOLUTIONS = ['nodenext', 'bundler'] as const;
type Resolution = (typeof RESOLUTIONS)[number];

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
  for (const name of ['@types', 'undici-types'])
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(folder, 'uses.ts'), USES);
  await writeFile(join(folder, 'runtime.ts'), USES_RUNTIME);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a compiler says to a file of the project, its version first. */
async function compile(at: string, resolution: Resolution, file: string, more: object): Promise<string> {
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
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = join(ROOT, at, 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return stdout;
}

describe.each(Object.entries(COMPILERS))('the published types under TypeScript %s', (version, at) => {
  it('are checked by that version', () => {
    const tsc = join(ROOT, at, 'bin/tsc');
    expect(spawnSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' }).stdout).toContain(version);
  });

  it.each(RESOLUTIONS)('compile as a whole and refuse what is wrong, with %s', async (resolution) => {
    expect(await compile(at, resolution, 'uses.ts', { types: ['node'] })).toBe('');
  });

  it('need no types of Node for the runtime entry', async () => {
    expect(await compile(at, 'bundler', 'runtime.ts', { types: [], lib: ['es2023', 'dom'] })).toBe('');
  });
});
