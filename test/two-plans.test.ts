import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import type { Store } from '../src/store/index.ts';
import { type CliProject, PLAN } from './fixtures/cli-project.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const WHY = ['--reason', 'because'];
const STAGING = ['--environment', 'staging'];
/** Another plan on the same state file; what it shares with the first one is what a test adds. */
const OTHER: PlanInput = {
  ...PLAN,
  id: 'other',
  flag: { name: 'use_other', env: 'USE_OTHER' },
  repositories: { order: {} },
  store: { sqlite: '../.cutover/state.db' },
};

let staging: StagedProject;
let project: CliProject;
let store: Store;

beforeEach(async () => {
  staging = await StagedProject.create(PLAN, ['staging-1']);
  ({ project, store } = staging);
});
afterEach(() => staging.remove());

function other(change: Partial<PlanInput>): string {
  const folder = join(project.folder, 'other');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'cutover.config.json');
  writeFileSync(file, JSON.stringify({ ...OTHER, ...change }));
  return file;
}

/** The first plan at its decision, with half of the instances exposed. */
async function active(): Promise<void> {
  const run = project.start(['run', ...STAGING]);
  for (let tries = 0; !run.said().includes('waiting for a person: Go on?'); tries += 1) {
    if (tries > 1_000) throw new Error(run.said());
    await systemClock.sleep(20);
  }
  run.child.kill('SIGINT');
  await run.ended;
}

const SHARED: readonly (readonly [string, Partial<PlanInput>, string])[] = [
  ['repository', { repositories: { user: {} } }, 'repository "user"'],
  ['flag', { flag: { name: 'Use_Candidate' } }, 'flag "use_candidate"'],
  ['alias', { repositories: { order: { aliases: ['USE_CANDIDATE'] } } }, 'flag "use_candidate"'],
  ['environment variable', { repositories: { order: { env: 'USE_CANDIDATE' } } }, 'variable "USE_CANDIDATE"'],
];

describe('a second plan on one state file', () => {
  it('is refused by run, validate and lint while the first one is on, whatever they share', async () => {
    await active();
    for (const [, change, shared] of SHARED) {
      const config = ['--config', other(change)];
      const run = await project.run(['run', ...STAGING, ...config]);
      expect(run.stderr).toContain('REPOSITORY_TAKEN');
      expect(run.stderr).toContain(
        `plan "other" and plan "swap", which is on in staging, both switch ${shared}`,
      );
      expect(run.code).toBe(1);
      const validate = await project.run(['plan', 'validate', ...config]);
      expect(validate.stdout).toContain(`both switch ${shared}`);
      expect(validate.code).toBe(3);
      const lint = await project.run(['plan', 'lint', ...config]);
      expect(lint.stdout).toContain('✖ shared-repository, the state file');
      expect(lint.code).toBe(3);
    }
    expect((await store.read('other/staging')).some(({ kind }) => kind === 'run.started')).toBe(false);
  });

  it('runs when they share nothing, and once the first one was taken back', async () => {
    await active();
    expect((await project.run(['plan', 'validate', '--config', other({})])).code).toBe(0);
    const config = ['--config', other({ repositories: { user: {} } })];
    expect((await project.run(['rollback', ...STAGING, ...WHY])).code).toBe(0);
    expect((await project.run(['plan', 'validate', ...config])).code).toBe(0);
    expect((await project.run(['run', ...STAGING, ...config, '--dry-run'])).code).toBe(0);
  });
});

describe('plans that are given together', () => {
  it.each(SHARED)('are told that they share a %s', async (_, change, shared) => {
    const { code, stdout } = await project.run(['plan', 'lint', 'cutover.config.ts', other(change)]);
    expect(stdout).toContain('✖ shared-repository, plans swap and other');
    expect(stdout).toContain(`both switch ${shared}`);
    expect(code).toBe(3);
  });

  it('are well when they share nothing, and one cannot be two', async () => {
    const file = other({});
    const { code, stdout } = await project.run(['plan', 'lint', 'cutover.config.ts', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      together: [],
      plans: [{ id: 'swap' }, { id: 'other' }],
    });
    expect(code).toBe(0);
    expect((await project.run(['plan', 'lint', file, 'other/cutover.config.json'])).stderr).toContain(
      'named twice',
    );
    const same = await project.run(['plan', 'lint', 'cutover.config.ts', other({ id: 'swap' })]);
    expect(same.stdout).toContain('they have one id');
    expect(same.code).toBe(3);
  });
});
