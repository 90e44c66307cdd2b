import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';

const ROOT = join(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...README.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

/** What the README leaves to the reader. */
const IMPLEMENTATIONS = `
class Users {
  readonly #name: string;
  constructor(name: string) { this.#name = name; }
  async find(id: string): Promise<string> { return this.#name + id; }
}
export class SqlUsers extends Users { constructor() { super('sql '); } }
export class DrizzleUsers extends Users { constructor() { super('drizzle '); } }
`;
const APPLICATION = `
import { handle } from './users.ts';
let calls = 0;
setInterval(() => { void handle('user-' + (calls += 1)); }, 2);
`;
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ['node'],
  },
};

let folder: string;
const children: ChildProcess[] = [];

/** A project of a newcomer: the package as it is published, and the files of the README. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-readme-'));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT);
  const [tarball = ''] = /cutover-[\d.]+\.tgz/.exec(packed.stdout) ?? [];
  run('tar', ['-xzf', join(folder, tarball), '-C', modules], folder);
  run('mv', [join(modules, 'package'), join(modules, 'cutover')], folder);
  for (const name of ['commander', 'zod', 'typescript', '@typescript', '@types', 'undici-types'])
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  // As `npm install` does with the programs of a package.
  await chmod(join(modules, 'cutover/dist/cli/main.js'), 0o755);
  await symlink('../cutover/dist/cli/main.js', join(modules, '.bin/cutover'));
  const [config = '', users = ''] = blocks('ts');
  const files = {
    'package.json': JSON.stringify({ name: 'newcomer', private: true, type: 'module' }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'cutover.config.ts': config,
    'users.ts': users,
    'implementations.ts': IMPLEMENTATIONS,
    'app.ts': APPLICATION,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function run(program: string, args: readonly string[], cwd: string): { readonly stdout: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}${error?.message ?? ''}`);
  return { stdout };
}

type Running = { readonly child: ChildProcess; said(): string; readonly ended: Promise<number | null> };

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said: () => text, ended };
}

async function until({ child, said }: Running, words: string): Promise<void> {
  while (!said().includes(words)) {
    if (child.exitCode !== null) throw new Error(`ended without "${words}": ${said()}`);
    await systemClock.sleep(20);
  }
}

/** The command lines of a block, split as a shell would, without `npx cutover`. */
const cutoverLines = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('npx cutover '))
  .map((line) =>
    [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '').slice(2),
  );

describe('the README', () => {
  it('has files that compile against the published types', () => {
    run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
  });

  it('has commands that do what it says, on an application made of its files', async () => {
    expect(cutoverLines.map(([name]) => name)).toEqual(['plan', 'run', 'status', 'which', 'log', 'rollback']);
    start(['app.ts'], { APP_ENV: 'staging', CUTOVER_INSTANCE: 'staging-1' });
    const main = join(folder, 'node_modules/.bin/cutover');
    let carrying: Running | undefined;
    for (const line of cutoverLines) {
      const running = start([main, ...line]);
      if (line[0] === 'run') {
        carrying = running;
        await until(running, 'hold-1');
      } else if (line.includes('--watch')) {
        await until(running, 'running');
        running.child.kill('SIGINT');
        expect(await running.ended).toBe(130);
      } else expect(await running.ended, running.said()).toBe(0);
    }
    expect(await carrying?.ended).toBe(5);
  });

  it('finds its program through npx', () => {
    expect(run('npx', ['--no-install', 'cutover', '--version'], folder).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('names only scripts and benchmarks that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const named = [...README.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts) && name !== 'and')).toEqual([]);
    const [, benches = ''] = /`npm run bench -- ([^.]*?)\./.exec(README) ?? [];
    const files = [...benches.matchAll(/\w+(?=`)/g)].map(([name]) => `bench/${name}.ts`);
    expect(files).toHaveLength(6);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
