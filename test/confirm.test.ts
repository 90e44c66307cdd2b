import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliProject, PLAN } from './fixtures/cli-project.ts';
import type { SimulatedFleet } from './fixtures/simulated-fleet.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];
const CONFIRMED = {
  ...PLAN,
  checklists: { after: ['support was told'] },
  rollback: {
    budget: '20s',
    checklist: 'after',
    confirm: {
      rows: [{ title: 'Errors of control', metric: 'errors', yellow: '1%', red: '5%' }],
      for: '1s',
      within: '4s',
    },
  },
} as const;

let staging: StagedProject;
let project: CliProject;
let fleet: SimulatedFleet;

beforeEach(async () => {
  staging = await StagedProject.create(CONFIRMED);
  ({ project, fleet } = staging);
});
afterEach(() => staging.remove());

const act = (...args: readonly string[]) => project.run([...args, ...STAGING, ...WHY]);
const status = async () => (await project.run(['status', ...STAGING])).stdout.replaceAll(/\s+/g, ' ');
const confirm = async (): Promise<unknown> => {
  const { stdout } = await project.run(['status', ...STAGING, '--json']);
  return JSON.parse(stdout).rollback.confirm;
};

describe('a rollback whose plan says how to know that the trouble is over', () => {
  it('is resolved when control is green for long enough, and is lifted once its checklist is confirmed', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('exposure acknowledged');
    fleet.behaviour.candidateErrors = 50;
    expect((await run.ended).code).toBe(5);
    expect(run.said()).toContain('The trouble is over: control was green for 1s');
    expect(await confirm()).toMatchObject({ outcome: 'resolved' });
    expect(await status()).toContain('The trouble is over');
    const open = await act('resume');
    expect(open).toMatchObject({ code: 4, stderr: expect.stringContaining('CHECKLIST_OPEN') });
    expect(await status()).toContain('cutover check after --all');
    await act('check', 'after', '--all');
    expect((await act('resume')).code).toBe(0);
    // A second rollback opens the list again.
    fleet.behaviour.candidateErrors = 0;
    await act('flag', 'set', 'use_candidate', '10');
    await act('rollback');
    expect((await act('resume', '--unresolved')).stderr).toContain('CHECKLIST_OPEN');
  });

  it('is not resolved when control shows the trouble too: resume says so, and goes on only when told to', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('exposure acknowledged');
    // The database is at fault, whoever asks it: nothing goes back by itself, so a person takes it back.
    fleet.behaviour.candidateErrors = 50;
    fleet.behaviour.controlErrors = 50;
    await run.until('control is no better');
    expect((await act('rollback')).code).toBe(0);
    expect((await run.ended).code).toBe(5);
    expect(await confirm()).toMatchObject({ outcome: 'not resolved' });
    expect(await status()).toMatch(
      /The trouble is elsewhere: control shows it too, Errors of control: 50 % > 5 %/,
    );
    await act('check', 'after', '--all');
    const refused = await act('resume');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/NOT_RESOLVED: the trouble is not over: Errors of control: 50 % > 5 %/);
    expect((await act('resume', '--unresolved')).code).toBe(0);
  });

  it('of one repository is watched while the run is paused, and the run goes on when it is resolved', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: Go on?');
    const back = await act('rollback', '--repository', 'user');
    expect(back.stdout).toContain('Whether the trouble is over');
    await act('check', 'after', '--all');
    await run.until('The trouble is over');
    expect((await act('resume', '--repository', 'user')).code).toBe(0);
    expect((await act('resume')).stdout).toContain('staging: running');
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(130);
  });

  it('is not known while nobody reports, and a controller that comes later carries the look', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: Go on?');
    run.child.kill('SIGINT');
    await run.ended;
    await act('rollback');
    expect(await confirm()).toMatchObject({ outcome: 'pending' });
    await act('check', 'after', '--all');
    expect((await act('resume')).stderr).toContain('still looked at');
    fleet.behaviour.reports = false;
    const carried = await project.run(['run', ...STAGING]);
    expect(carried.code).toBe(5);
    expect(carried.stderr).toContain('Whether the trouble is over is not known: Errors of control: ');
  });
});
