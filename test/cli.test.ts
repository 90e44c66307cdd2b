import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js');

let folder: string;
let store: Store;
let file: string;
let fleets: SimulatedFleet[];
const children: ChildProcess[] = [];

const PLAN = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  flag: { name: 'USE_SWAP' },
  repositories: { user: {} },
  environments: { staging: {}, production: { protected: true } },
  instances: { lease: '2s' },
  measure: { window: '400ms', every: '100ms', minSamples: 50, maxAge: '1s', looks: 2 },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Error rate', metric: 'errors', yellow: '0.1%', red: '0.5%' }],
  phases: [
    {
      id: 'first',
      environment: 'staging',
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'hold', for: '1h' },
      ],
    },
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'instances' },
        { kind: 'hold', for: '1h' },
      ],
    },
  ],
  rollback: { budget: '10s' },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-cli-'));
  file = join(folder, '.cutover/state.db');
  fleets = [];
  config(PLAN);
  store = await openSqliteStore({ file, clock: systemClock });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const fleet of fleets) await fleet.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function config(plan: object, name = 'cutover.config.ts'): void {
  writeFileSync(join(folder, name), `export default ${JSON.stringify(plan)};`);
}

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function start(...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const env = { ...process.env, NO_COLOR: '1', CUTOVER_ACTOR: 'ana' };
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return {
    child,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))),
  };
}

const cutover = (...args: readonly string[]): Promise<Ended> => start(...args).ended;
const json = async (...args: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await cutover(...args, '--json')).out);
const status = () => json('status', '--environment', 'staging');
const STAGING = ['--environment', 'staging'];

function fleet(environment: string, ids = ['a', 'b']): SimulatedFleet {
  const made = new SimulatedFleet(store, `swap/${environment}`, ids).start();
  fleets.push(made);
  return made;
}

const NAMES = COMMANDS.map(({ name }) => name);

describe('the command line', () => {
  it.each(NAMES)('explains "%s" in 80 columns, with an example', async (name) => {
    const { code, out } = await cutover(...name.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toContain(`Usage: cutover ${name}`);
    expect(out).toContain('Examples:');
    expect(
      Math.max(
        ...out
          .split('\n')
          .filter((line) => !line.startsWith('  $'))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it('refuses what it does not know with the nearest word, and says where to read on', async () => {
    expect(await cutover('statsu')).toMatchObject({ code: 2, err: expect.stringContaining('status') });
    expect(await cutover('status', '--enviroment', 'staging')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "--environment"?'),
    });
    expect(await cutover('status', '--environment', 'stagging')).toMatchObject({
      code: 2,
      err: expect.stringContaining('UNKNOWN_ENVIRONMENT'),
    });
    const unknown = await cutover('flag', 'set', 'USE_SWOP', 'true', ...STAGING, '--reason', 'x', '--json');
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.err.trim().split('\n').at(-1) ?? '')).toMatchObject({
      schema: 'cutover.error/1',
      code: 'UNKNOWN_FLAG',
      hint: 'did you mean "USE_SWAP"?',
    });
    for (const value of ['maybe', '101', '-1', '0.001', 'NaN']) {
      expect(
        (await cutover('flag', 'set', 'USE_SWAP', ...STAGING, '--reason', 'x', '--', value)).code,
        value,
      ).toBe(2);
    }
  });

  it('names what is wrong with a configuration, all of it, with the path', async () => {
    expect(await cutover('plan', 'validate', '--config', 'none.ts')).toMatchObject({
      code: 2,
      err: expect.stringContaining('CONFIG_NOT_FOUND'),
    });
    writeFileSync(
      join(folder, 'throws.ts'),
      'export default (() => { throw new Error("no database url"); })();',
    );
    expect(await cutover('status', '--config', 'throws.ts', ...STAGING)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/CONFIG_THREW[\s\S]*no database url/),
    });
    writeFileSync(join(folder, 'fn.ts'), `export default { ...${JSON.stringify(PLAN)}, title: () => 'x' };`);
    expect(await cutover('status', '--config', 'fn.ts', ...STAGING)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/title.*function/),
    });
    config(
      { ...PLAN, phases: [{ id: 'x', environment: 'stagin', steps: [{ kind: 'hodl' }] }], rolback: 1 },
      'wrong.ts',
    );
    const { code, err, out } = await cutover('plan', 'validate', '--config', 'wrong.ts');
    expect(code).toBe(2);
    expect((await cutover('plan', 'lint', '--config', 'wrong.ts')).code).toBe(2);
    expect(out + err).toContain('phases[0].steps[0].kind');
    expect(out + err).toContain('did you mean "rollback"?');
  });

  it('finds what a plan cannot mean, and keeps it out of a protected environment', async () => {
    const linted = await cutover('plan', 'lint');
    expect(linted).toMatchObject({ code: 3, out: expect.stringContaining('✖ never-passes, measure.window') });
    const { out } = await cutover('plan', 'lint', '--json');
    expect(JSON.parse(out)).toMatchObject({ schema: 'cutover.lint/1', ok: false });
    const run = ['run', '--confirm', 'swap', '--environment', 'production'];
    expect(await cutover(...run)).toMatchObject({ code: 3, err: expect.stringContaining('PLAN_UNSOUND') });
    config({ ...PLAN, measure: {} });
    expect(await cutover('plan', 'lint')).toMatchObject({
      code: 0,
      out: expect.stringContaining('0 errors'),
    });
    expect((await cutover(...run)).err).toContain('EVIDENCE_MISSING');
  });

  it('runs a plan in a described world, and ends as that world makes it end', async () => {
    config({ ...PLAN, measure: {} });
    const simulate = (...more: readonly string[]) => cutover('plan', 'simulate', ...more);
    expect(await simulate()).toMatchObject({ code: 0, out: expect.stringContaining('✔ completed after 2h') });
    const { code, out } = await simulate('--with', 'errors=2%@90m', '--json');
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ schema: 'cutover.simulation/1', outcome: 'rolled back' });
    expect((await simulate('--traffic', '1', '--operator', 'never')).code).toBe(4);
    for (const [option, value] of [
      ['--with', 'eror=1%'],
      ['--traffic', 'much'],
      ['--instances', '0'],
      ['--environment', 'stagin'],
    ] as const)
      expect(await simulate(option, value)).toMatchObject({ code: 2, err: expect.stringContaining('Fix:') });
    expect(await store.streams()).toEqual([]);
  });

  it('asks for the plan by name before it changes anything in a protected environment', async () => {
    const set = ['flag', 'set', 'USE_SWAP', '10', '--environment', 'production', '--reason', 'x'];
    expect(await cutover(...set)).toMatchObject({ code: 4, err: expect.stringContaining('--confirm swap') });
    expect((await cutover(...set, '--confirm', 'swop')).code).toBe(4);
    expect(await store.streams()).toEqual([]);
    expect((await cutover(...set, '--confirm', 'swap')).code).toBe(0);
  });

  it('changes nothing when it is told to only read', async () => {
    expect(await cutover('kill', ...STAGING, '--reason', 'x', '--read-only')).toMatchObject({
      err: expect.stringContaining('READ_ONLY'),
    });
    expect(await store.streams()).toEqual([]);
    expect((await cutover('status', ...STAGING, '--read-only')).code).toBe(0);
  });

  it('reads a state file that is corrupt, locked or not there by saying so', async () => {
    const elsewhere = join(folder, 'broken.db');
    writeFileSync(elsewhere, 'not a database at all, not even close to one');
    expect(await cutover('status', ...STAGING, '--store', elsewhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining('STORE_CORRUPT'),
    });
    const none = join(folder, 'none.db');
    expect(await cutover('status', ...STAGING, '--store', none)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there is no state file ${none}`),
    });
    const locked = join(folder, 'locked.db');
    await (await openSqliteStore({ file: locked, clock: systemClock })).close();
    const locker = new DatabaseSync(locked);
    locker.exec('begin exclusive');
    expect(
      await cutover('flag', 'set', 'USE_SWAP', '10', ...STAGING, '--reason', 'x', '--store', locked),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining('STORE_LOCKED'),
    });
    locker.close();
  });

  it('finds the place where somebody edited the log', async () => {
    for (const value of ['10', '20', '30'])
      await cutover('flag', 'set', 'USE_SWAP', value, ...STAGING, '--reason', 'x');
    expect((await cutover('log', 'verify', ...STAGING)).code).toBe(0);
    const copy = join(folder, 'copy.db');
    await store.close();
    copyFileSync(file, copy);
    store = await openSqliteStore({ file, clock: systemClock });
    const database = new DatabaseSync(copy);
    database.exec("update events set body = replace(body, '2000', '1000') where seq = 3");
    database.close();
    expect(await cutover('log', 'verify', ...STAGING, '--store', copy)).toMatchObject({
      code: 3,
      out: expect.stringContaining('3'),
    });
    expect((await json('log', 'verify', ...STAGING))['schema']).toMatch(/^cutover\./);
  });
});

describe('a run from the command line', () => {
  it('goes on after Ctrl-C, completes with 0, and prints one document', async () => {
    fleet('staging');
    const first = start('run', ...STAGING, '--compress', '1h=1s');
    await expect.poll(async () => Object((await status())['run']).step, { timeout: 30_000 }).toBe('hold-1');
    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 130, out: expect.stringContaining('cutover run') });
    const second = await cutover('run', ...STAGING, '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({ schema: 'cutover.run/1', outcome: 'completed' });
    expect(await status()).toMatchObject({
      schema: 'cutover.status/1',
      state: 'completed',
      exposure: [{ set: 100 }],
    });
    expect((await cutover('status', ...STAGING)).out).toContain('✔ completed');
  });

  it('ends with 5 when it is taken back, latches, and is left by resume only', async () => {
    const two = fleet('staging');
    const run = start('run', ...STAGING, '--compress', '1h=30s');
    await expect.poll(async () => Object((await status())['run']).step, { timeout: 30_000 }).toBe('hold-1');
    two.behaviour.candidateErrors = 20;
    expect(await run.ended).toMatchObject({
      code: 5,
      err: expect.stringMatching(/ROLLBACK of everything \(gate\): Error rate/),
    });
    expect(await status()).toMatchObject({ state: 'rolled-back', rollback: { withinBudget: true } });
    expect(await cutover('run', ...STAGING)).toMatchObject({
      err: expect.stringContaining('RED_NOT_ACKNOWLEDGED'),
    });
    expect(await cutover('flag', 'set', 'USE_SWAP', 'true', ...STAGING, '--reason', 'x')).toMatchObject({
      err: expect.stringContaining('FLAG_KILLED'),
    });
    expect((await cutover('resume', ...STAGING)).err).toContain('REASON_MISSING');
    expect((await cutover('resume', ...STAGING, '--reason', 'repaired')).code).toBe(0);
    expect(await status()).toMatchObject({ routing: { killed: [] } });
  });

  it('is paused, advanced, and rolled back by people, with the proof awaited', async () => {
    fleet('staging');
    const run = start('run', ...STAGING, '--compress', '1h=30s');
    await expect.poll(async () => Object((await status())['run']).step, { timeout: 30_000 }).toBe('hold-1');
    expect((await cutover('pause', ...STAGING, '--reason', 'lunch')).code).toBe(0);
    expect(await status()).toMatchObject({
      state: 'paused',
      nextCommand: expect.stringContaining('cutover resume'),
    });
    expect((await cutover('pause', ...STAGING, '--reason', 'again')).err).toContain('RUN_STATE');
    expect((await cutover('flag', 'set', 'USE_SWAP', '100', ...STAGING, '--reason', 'x')).code).toBe(0);
    expect((await cutover('resume', ...STAGING, '--reason', 'back')).code).toBe(0);
    const back = await cutover('rollback', ...STAGING, '--reason', 'a feeling', '--json');
    expect(back.code).toBe(0);
    expect(JSON.parse(back.out)).toMatchObject({ schema: expect.stringMatching(/^cutover\./) });
    expect((await run.ended).code).toBe(5);
  });

  it('refuses an edited plan until it is acknowledged, and shows the difference', async () => {
    fleet('staging');
    const first = start('run', ...STAGING, '--compress', '1h=30s');
    await expect.poll(async () => Object((await status())['run']).step, { timeout: 30_000 }).toBe('hold-1');
    first.child.kill('SIGINT');
    await first.ended;
    config({ ...PLAN, matrix: [{ title: 'Error rate', metric: 'errors', yellow: '0.1%', red: '2%' }] });
    const refused = await cutover('run', ...STAGING);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('PLAN_CHANGED');
    expect(refused.err + refused.out).toMatch(/red.*0\.005.*0\.02/);
    const hash = /[0-9a-f]{8,}/.exec(/--accept-plan (\S+)/.exec(refused.err)?.[1] ?? '')?.[0] ?? '';
    const accepted = start('run', ...STAGING, '--accept-plan', hash, '--reason', 'discussed');
    await expect
      .poll(async () => (await store.read('swap/staging')).some(({ kind }) => kind === 'plan.accepted'), {
        timeout: 30_000,
      })
      .toBe(true);
    accepted.child.kill('SIGINT');
    expect((await accepted.ended).code).toBe(130);
    config({ ...PLAN, salt: 'another' });
    const other = /--accept-plan (\S+)/.exec((await cutover('run', ...STAGING)).err)?.[1];
    expect(await cutover('run', ...STAGING, '--accept-plan', other ?? 'x', '--reason', 'x')).toMatchObject({
      err: expect.stringContaining('PLAN_INCOMPATIBLE'),
    });
  });

  it('refuses a repository that another plan is switching', async () => {
    fleet('staging');
    const first = start('run', ...STAGING, '--compress', '1h=30s');
    await expect.poll(async () => Object((await status())['run']).step, { timeout: 30_000 }).toBe('hold-1');
    config({ ...PLAN, id: 'other', flag: { name: 'USE_OTHER' } }, 'other.ts');
    expect(await cutover('run', '--config', 'other.ts', ...STAGING)).toMatchObject({
      err: expect.stringContaining('REPOSITORY_TAKEN'),
    });
    first.child.kill('SIGINT');
    await first.ended;
  });

  it('is shown as it changes: lines in a pipe, documents with --json', async () => {
    fleet('staging');
    const watching = start('status', ...STAGING, '--watch', '--json');
    const run = start('run', ...STAGING, '--compress', '1h=1s');
    await run.ended;
    await expect.poll(async () => (await status())['state'], { timeout: 30_000 }).toBe('completed');
    await systemClock.sleep(1_500);
    watching.child.kill('SIGINT');
    const { out } = await watching.ended;
    const documents = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents.length).toBeGreaterThan(3);
    expect(documents.at(-1)).toMatchObject({ schema: 'cutover.status/1', state: 'completed' });
  });
});
