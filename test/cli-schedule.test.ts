import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dateText, localTime, systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import { type CliProject, PLAN } from './fixtures/cli-project.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];
const today = localTime(systemClock.now(), 'UTC').date;
const [rehearsal, full] = PLAN.phases;

let staging: StagedProject;
let project: CliProject;

async function open(plan: PlanInput): Promise<void> {
  staging = await StagedProject.create(plan);
  ({ project } = staging);
}
afterEach(() => staging.remove());

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('a plan with a freeze', () => {
  const freezes = [{ from: dateText(today - 1), to: dateText(today + 2), reason: 'fair' }];
  const frozen: PlanInput = { ...PLAN, freezes, phases: [{ ...rehearsal, day: 1 }, full] };

  it('does not begin in it, says why, and begins once a person says so; the log has both', async () => {
    await open(frozen);
    const run = project.start(['run', ...STAGING]);
    await run.until('waits: the freeze "fair" ends');
    const status = await project.run(['status', '--json']);
    expect(json(status.stdout)).toMatchObject({
      state: 'running',
      waitingFor: expect.stringMatching(/^the freeze "fair" ends \w{3} 00:00 UTC, in \d+h/) as string,
      delay: { causes: [{ kind: 'freeze', name: 'fair' }] },
    });
    const early = await project.run(['advance', ...STAGING, ...WHY]);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('cutover advance --override');
    const both = await project.run(['advance', '--override', '--choose', 'proceed', ...STAGING, ...WHY]);
    expect(both.code).toBe(2);
    const dry = await project.run(['advance', '--override', '--dry-run', ...STAGING, ...WHY]);
    expect(dry.stdout).toContain('does not wait for the freeze "fair"');
    expect((await project.run(['advance', '--override', ...STAGING, ...WHY])).code).toBe(0);
    await run.until('exposure set: 50 %');
    const { stdout } = await project.run(['log', ...STAGING]);
    expect(stdout).toContain('does not wait for the freeze "fair", says ana: because');
  });

  it('does not keep a rehearsal back, and the rehearsal says so', async () => {
    await open(frozen);
    const run = project.start(['run', ...STAGING, '--compress', '1h=1s']);
    await run.until('exposure set: 50 %');
    expect(run.said()).toContain('a rehearsal: days, windows and freezes of the plan do not hold it back');
  });

  it('keeps flags from being raised by hand, not from being lowered', async () => {
    await open(frozen);
    const set = (value: string, ...more: readonly string[]) =>
      project.run(['flag', 'set', 'use_candidate', value, ...STAGING, ...WHY, ...more]);
    const refused = await set('10');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('FLAG_FROZEN');
    expect((await set('10', '--override')).code).toBe(0);
    expect((await set('20')).code).toBe(4);
    expect((await set('5')).code).toBe(0);
    expect((await set('false')).code).toBe(0);
  });
});

describe('a plan with days', () => {
  const days: PlanInput = {
    ...PLAN,
    schedule: { timeZone: 'UTC' },
    phases: [
      { ...rehearsal, day: 2, slack: 1 },
      { ...full, day: 'week 2, day 1', impact: 'none' },
    ],
  };

  it('has dates once its first run began, or as asked for', async () => {
    await open(days);
    expect((await project.run(['plan', 'show'])).stdout).not.toContain('Dates');
    expect((await project.run(['plan', 'calendar'])).code).toBe(2);
    expect((await project.run(['plan', 'show', '--start-on', 'soon'])).code).toBe(2);
    expect((await project.run(['run', ...STAGING, '--start-on', '2026-02-30'])).code).toBe(2);
    const run = project.start(['run', ...STAGING, '--start-on', dateText(today + 3)]);
    await run.until('waits: day 2 of the plan begins');
    const { stdout } = await project.run(['plan', 'show']);
    expect(stdout).toContain('Dates');
    expect(stdout).toMatch(
      new RegExp(`rehearsal +day 2 +\\w{3} ${dateText(today + 4)} +by ${dateText(today + 5)}`),
    );
    expect(stdout).toMatch(new RegExp(`full +day 8 +\\w{3} ${dateText(today + 10)}`));
    const file = await project.run(['plan', 'calendar', '--output', 'rollout.ics']);
    expect(file.stdout).toContain(`2 entries, day 1 is ${dateText(today + 3)}`);
    const calendar = await readFile(join(project.folder, 'rollout.ics'), 'utf8');
    expect(calendar).toContain(`DTSTART;VALUE=DATE:${dateText(today + 10).replaceAll('-', '')}\r\n`);
    run.child.kill('SIGINT');
    await run.ended;
    const again = await project.run(['run', ...STAGING, '--start-on', dateText(today)]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('a run keeps its day 1');
  });
});

describe('cutover skip', () => {
  it('leaves a step out, shows it, and keeps such evidence from a protected environment', async () => {
    await open(PLAN);
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: Go on?');
    expect((await project.run(['skip', 'rehearsal/decision', ...STAGING, ...WHY])).code).toBe(2);
    expect((await project.run(['skip', 'rehearsal/hold-1', ...STAGING, ...WHY])).stderr).toContain('is over');
    expect((await project.run(['skip', 'decision-1', ...STAGING])).code).toBe(2);
    const dry = await project.run(['skip', 'decision-1', '--dry-run', ...STAGING, ...WHY]);
    expect(dry.stdout).toContain('LEFT OUT by ana: because');
    const left = await project.run(['skip', 'decision-1', ...STAGING, ...WHY]);
    expect(left.code).toBe(0);
    expect((await run.ended).code).toBe(0);
    const status = await project.run(['status', ...STAGING, '--json']);
    expect(JSON.stringify(json(status.stdout)['phases'])).toContain(
      '"id":"decision-1","kind":"decision","title":"decision-1","state":"skipped"',
    );
    const production = ['run', '--environment', 'production', '--confirm', 'swap', ...WHY];
    const refused = await project.run(production);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('left out rehearsal/decision-1');
    const taken = await project.run([...production, '--override', '--dry-run', '--json']);
    expect(json(taken.stdout)).toMatchObject({ run: { evidence: { skipped: ['rehearsal/decision-1'] } } });
  });
});
