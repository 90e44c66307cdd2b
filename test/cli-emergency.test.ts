import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { loadState, operate, register } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, type Store } from '../src/store/index.ts';
import { type CliProject, type Ended, PLAN, type Running } from './fixtures/cli-project.ts';
import type { SimulatedFleet } from './fixtures/simulated-fleet.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STREAM = 'swap/staging';
const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];
const SEVERAL_RUNS_MS = 180_000;

let staging: StagedProject;
let project: CliProject;
let store: Store;
let fleet: SimulatedFleet;

beforeEach(async () => {
  staging = await StagedProject.create();
  ({ project, store, fleet } = staging);
});
afterEach(() => staging.remove());

/** A run in the middle: half of the instances are on the candidate, and a person is asked. */
async function inTheMiddle(): Promise<Running> {
  const run = project.start(['run', ...STAGING]);
  await run.until('waiting for a person: Go on?');
  return run;
}

const write = (plan: object): Promise<void> =>
  project.write(
    `import { defineCutover } from 'cutover';\nexport default defineCutover(${JSON.stringify(plan)});\n`,
  );
const killed = async (): Promise<unknown> => (await loadState(store, STREAM)).routing?.global.killed;
const said = ({ stdout, stderr }: Ended): string => stdout + stderr;

describe('taking back without a configuration that can be read', { timeout: SEVERAL_RUNS_MS }, () => {
  it('goes by the plan of the run in the log, and is verified', async () => {
    const run = await inTheMiddle();
    await project.write('export default defineCutover({ id: "swap", ,');
    const status = await project.run(['status']);
    expect(status.stdout).toContain('▶ running');
    expect(status.stderr).toMatch(
      /configuration was not read \(CONFIG_THREW: .*; going by the plan of run staging-1-/,
    );
    expect((await project.run(['flag', 'list'])).stdout).toContain('use_candidate');
    expect((await project.run(['log'])).stdout).toContain('run staging-1-');
    const backup = await project.run(['state', 'backup', 'now.db']);
    expect(backup.stderr).toContain('the configuration was not read');
    expect(backup.stdout).toContain('now.db: 1 stream, verified');
    const paused = await project.run(['pause', ...WHY]);
    expect(paused.code, said(paused)).toBe(0);
    const back = await project.run(['rollback', ...WHY]);
    expect(back.stdout).toContain('rolled back and verified in staging');
    expect(back.code, said(back)).toBe(0);
    expect((await run.ended).code).toBe(5);
    const other = await project.run(['advance', ...WHY]);
    expect(other.stderr).toContain('CONFIG_THREW');
    expect(other.code).toBe(2);
  });

  it('works from an empty folder with the state file alone, also where several migrations are in it', async () => {
    const run = await inTheMiddle();
    await store.append('else/staging', 0, [{ kind: 'from a newer version', v: 1, body: {} }]);
    const folder = join(project.folder, 'elsewhere');
    mkdirSync(folder);
    rmSync(join(project.folder, 'cutover.config.ts'));
    const without = await project.run(['kill', ...STAGING, '--store', join(folder, 'no.db')]);
    expect(without.stderr).toContain('CONFIG_NOT_FOUND');
    expect(without.stderr).toContain('--store');
    expect(without.code).toBe(2);
    const wrong = await project.run(['kill', ...STAGING, '--migration', 'swop']);
    expect(wrong.stderr).toContain('add --migration else|swap');
    expect(wrong.code).toBe(2);
    const kill = await project.run(['kill', '--migration', 'swap', '--store', project.storeFile]);
    expect(kill.code, said(kill)).toBe(0);
    expect(await killed()).toBe('drain');
    expect((await run.ended).code).toBe(5);
  });

  it('asks for the confirmation that the plan of the log asks for', async () => {
    await register(store, systemClock, parsePlan(PLAN).plan, 'production');
    await operate(store, systemClock, 'swap/production', {
      kind: 'set-flag',
      flag: 'use_candidate',
      value: true,
      actor: 'ana',
      reason: 'by hand',
    });
    await project.write('nonsense(');
    const args = ['kill', '--environment', 'production'];
    const refused = await project.run(args);
    expect(refused.stderr).toContain('going by what was registered');
    expect(refused.code, said(refused)).toBe(4);
    const kill = await project.run([...args, '--confirm', 'swap']);
    expect(kill.code, said(kill)).toBe(0);
    expect((await loadState(store, 'swap/production')).routing?.global.killed).toBe('drain');
  });

  it('says what is left to do where there is no log either', async () => {
    await project.write('nonsense(');
    await fleet.stop();
    await store.close();
    rmSync(join(project.folder, '.cutover'), { recursive: true });
    for (const command of [
      ['status'],
      ['kill', ...STAGING],
      ['rollback', ...WHY],
      ['state', 'backup', 'x'],
    ]) {
      const { code, stderr } = await project.run(command);
      expect(stderr).toContain('CONFIG_THREW');
      expect(stderr).toContain('<plan id>.kill');
      expect(code).toBe(2);
    }
    store = await openSqliteStore({ file: join(project.folder, 'other.db'), clock: systemClock });
  });
});

describe('taking back with a configuration that was edited since', { timeout: SEVERAL_RUNS_MS }, () => {
  it('goes by the plan of the run, and registers nothing of the edit', async () => {
    const run = await inTheMiddle();
    await write({ ...PLAN, flag: { name: 'other_flag' }, rollback: { budget: '1s' } });
    const back = await project.run(['rollback', ...STAGING, ...WHY, '--json']);
    expect(back.stderr).toContain('was edited since run staging-1-');
    expect(JSON.parse(back.stdout)).toMatchObject({ rollback: { budgetMs: 20_000, withinBudget: true } });
    await run.ended;
    const kill = await project.run(['kill', ...STAGING]);
    expect(kill.code, said(kill)).toBe(0);
    expect((await loadState(store, STREAM)).registration?.names.global.name).toBe('use_candidate');
  });

  it('is told which migration the file has when the id was edited', async () => {
    const run = await inTheMiddle();
    await write({ ...PLAN, id: 'swapped' });
    const lost = await project.run(['kill', ...STAGING]);
    expect(lost.stderr).toContain('swapped/staging is not in');
    expect(lost.stderr).toContain('--migration swap');
    expect(lost.code).toBe(1);
    expect(await killed()).toBe(false);
    const kill = await project.run(['kill', ...STAGING, '--migration', 'swap']);
    expect(kill.code, said(kill)).toBe(0);
    expect((await run.ended).code).toBe(5);
  });
});

describe('a name that was mistyped', () => {
  it('is refused before anything is announced', async () => {
    await inTheMiddle();
    const { code, stderr } = await project.run(['rollback', ...STAGING, ...WHY, '--repository', 'usr']);
    expect(stderr).toContain('UNKNOWN_REPOSITORY');
    expect(stderr).not.toContain('Taking back');
    expect(code).toBe(2);
    expect(await killed()).toBe(false);
  });

  it('of the state file is told, where "not started" would be believed', async () => {
    cpSync(project.storeFile, join(project.folder, 'copy.db'));
    for (const command of ['status', 'flag list', 'log', 'log verify', 'which']) {
      const args = [...command.split(' '), ...STAGING];
      const { code, stderr } = await project.run([...args, '--store', 'cpoy.db']);
      expect(stderr, command).toContain(`there is no state file ${join(project.folder, 'cpoy.db')}`);
      expect(code, command).toBe(1);
    }
    const { code, stderr } = await project.run(['status', ...STAGING], { CUTOVER_STORE: 'cpoy.db' });
    expect(stderr).toContain('which CUTOVER_STORE names');
    expect(code).toBe(0);
    writeFileSync(join(project.folder, 'cpoy.db'), 'no database');
    expect((await project.run(['status', ...STAGING, '--store', 'cpoy.db'])).stderr).toContain(
      'STORE_CORRUPT',
    );
  });
});
