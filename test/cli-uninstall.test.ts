import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operate, register, startRun } from '../src/engine/index.ts';
import { parsePlan } from '../src/config/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import { openSqliteStore } from '../src/store/index.ts';
import { PLAN } from './fixtures/cli-project.ts';

const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js');
const PACKAGE = '{\n  "name": "shop",\n  "scripts": {\n    "start": "node app.ts"\n  }\n}\n';
const by = { actor: 'ana', reason: 'test' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-uninstall-'));
  writeFileSync(join(folder, 'package.json'), PACKAGE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function cutover(...args: readonly string[]): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { PATH, NO_COLOR: '1', CUTOVER_ACTOR: 'ana' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

/** All files but those that SQLite makes to read one. */
const names = (): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/-(wal|shm)$/.test(name))
    .toSorted();

/** A plan with a state file; `id` names the stream that it holds. */
async function withState(
  id = 'swap',
  work: 'registered' | 'running' | 'raised' = 'registered',
): Promise<void> {
  writeFileSync(join(folder, 'cutover.config.json'), JSON.stringify(PLAN));
  mkdirSync(join(folder, '.cutover'), { recursive: true });
  const store = await openSqliteStore({ file: join(folder, '.cutover/state.db'), clock: systemClock });
  const { plan, hash } = parsePlan({ ...PLAN, id });
  await register(store, systemClock, plan, 'staging');
  if (work === 'running') {
    const options = { plan, planHash: hash, environment: 'staging', timeScale: 1, random: seededRandom(1) };
    await startRun(store, systemClock, { ...options, ...by });
  }
  if (work === 'raised')
    await operate(store, systemClock, `${id}/staging`, {
      kind: 'set-flag',
      flag: 'use_candidate',
      value: 5,
      ...by,
    });
  await store.close();
}

describe('cutover uninstall', () => {
  it('takes back what init added, says so first, and does nothing the second time', async () => {
    expect((await cutover('init')).code).toBe(0);
    const dry = await cutover('uninstall', '--dry-run');
    expect(dry.err).toContain('- package.json: scripts "cutover", "cutover:status"');
    expect(dry.out).toContain('this was a dry run');
    expect(names()).toEqual(['.gitignore', 'cutover.config.ts', 'package.json']);
    const { code, out } = await cutover('uninstall');
    expect(out).toContain('npm uninstall cutover');
    expect(code).toBe(0);
    expect(names()).toEqual(['package.json']);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(PACKAGE);
    const again = await cutover('uninstall', '--state', '--json');
    expect(JSON.parse(again.out)).toMatchObject({
      schema: 'cutover.uninstall/1',
      removed: [],
      state: null,
      left: [],
    });
    expect(again.code).toBe(0);
  });

  it('leaves an edited plan and the state, and names them', async () => {
    await cutover('init');
    const config = join(folder, 'cutover.config.ts');
    writeFileSync(config, readFileSync(config, 'utf8').replace("'2h'", "'3h'"));
    mkdirSync(join(folder, '.cutover'));
    const { code, err } = await cutover('uninstall');
    expect(err).toContain('cutover.config.ts stays: it was edited');
    expect(err).toContain('.gitignore stays: .cutover/ is still there');
    expect(code).toBe(0);
    expect(names()).toEqual(['.cutover', '.gitignore', 'cutover.config.ts', 'package.json']);
  });

  it('removes the state file only when the plan is named', async () => {
    await withState();
    writeFileSync(join(folder, '.cutover/web-1.last.json'), '{}');
    for (const args of [[], ['--confirm', 'other']]) {
      const refused = await cutover('uninstall', '--state', ...args);
      expect(refused.err).toContain('CONFIRMATION_NEEDED');
      expect(refused.code).toBe(4);
    }
    expect(existsSync(join(folder, '.cutover/state.db'))).toBe(true);
    expect((await cutover('uninstall', '--state', '--confirm', 'swap')).code).toBe(0);
    expect(names()).toEqual(['cutover.config.json', 'package.json']);
  });

  it.each(['running', 'raised'] as const)(
    'is refused while a migration is %s, and removes nothing',
    async (work) => {
      await withState('swap', work);
      writeFileSync(join(folder, '.gitignore'), '.cutover/\n');
      const before = names();
      for (const args of [[], ['--state', '--confirm', 'swap']]) {
        const { code, err } = await cutover('uninstall', ...args);
        expect(err).toContain('RUN_ACTIVE');
        expect(code).toBe(1);
      }
      expect(names()).toEqual(before);
    },
  );

  it('does not remove the log of another migration, nor one whose plan cannot be read', async () => {
    await withState('swap');
    await withState('other');
    const shared = await cutover('uninstall', '--state', '--confirm', 'swap');
    expect(shared.err).toContain('also holds other/staging');
    expect(shared.code).toBe(2);
    writeFileSync(join(folder, 'cutover.config.json'), '{');
    expect((await cutover('uninstall', '--state', '--confirm', 'swap')).code).toBe(2);
    expect(existsSync(join(folder, '.cutover/state.db'))).toBe(true);
  });
});
