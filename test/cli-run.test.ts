import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import type { Store } from '../src/store/index.ts';
import { type CliProject, PLAN } from './fixtures/cli-project.ts';
import type { SimulatedFleet } from './fixtures/simulated-fleet.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];

let staging: StagedProject;
let project: CliProject;
let store: Store;
let fleet: SimulatedFleet;

beforeEach(async () => {
  staging = await StagedProject.create();
  ({ project, store, fleet } = staging);
});
afterEach(() => staging.remove());

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

const GO_ON = 'waiting for a person: Go on?';

describe('cutover run', () => {
  it('carries a run to a decision, says what it waits for, and ends with 0 once a person decided', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    const status = await project.run(['status']);
    expect(status.stdout).toContain('▶ running');
    expect(status.stdout).toContain('✔ hold-1');
    expect((await project.run(['advance', '--choose', 'procede', ...WHY])).code).toBe(2);
    expect((await project.run(['advance', '--choose', 'proceed', ...WHY])).code).toBe(0);
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toContain('rehearsal / hold-1: done');
    expect(stdout).toMatch(/^✔ staging-1-\w+ completed/);
    expect(code).toBe(0);
  });

  it('ends with 5 and one document when the run is taken back, by a person with the proof', async () => {
    const run = project.start(['run', ...STAGING, '--json']);
    await run.until(GO_ON);
    const back = await project.run(['rollback', ...WHY, '--json']);
    expect(back.stderr).toContain('No data is lost');
    expect(json(back.stdout)).toMatchObject({
      schema: 'cutover.rollback/1',
      rollback: { withinBudget: true, missing: [] },
    });
    expect(back.code).toBe(0);
    const { code, stdout } = await run.ended;
    expect(json(stdout)).toMatchObject({
      schema: 'cutover.run/1',
      outcome: 'rolled-back',
      rollback: { actor: 'ana' },
    });
    expect(code).toBe(5);
    const again = await project.run(['run', ...STAGING]);
    expect(again.stderr).toContain('RED_NOT_ACKNOWLEDGED');
    expect(again.code).toBe(4);
    expect((await project.run(['resume', ...STAGING, ...WHY])).code).toBe(0);
  });

  it('ends with 5 when the candidate turns bad and the plan takes it back by itself', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until('exposure acknowledged');
    fleet.behaviour.candidateErrors = 50;
    const { code, stderr } = await run.ended;
    expect(stderr).toMatch(
      /ROLLBACK of everything \(gate\): Errors: \d+ % > 5 %, evidence \d+x \(100x needed\)/,
    );
    expect(stderr).toContain('rolled back: 2 of 2 instances');
    expect(code).toBe(5);
    const explained = await project.run(['gate', 'explain', ...STAGING]);
    expect(explained.stdout).toMatch(/^matrix of staging-\d+-[0-9a-f]+ at .*: fail$/m);
    expect(explained.stdout).toContain(
      'Identical code is taken back in at most 1 % of all runs: 1 % for each of 1 row',
    );
    expect(explained.stdout).toMatch(/^red {2}Errors \(yellow 1 %, red 5 %\)$/m);
    expect(explained.stdout).toMatch(/Evidence that it is beyond red \d+x/);
    const replayed = await project.run(['replay', ...STAGING]);
    expect(replayed.stdout).toMatch(/^✔ staging-\d+-[0-9a-f]+: \d+ looks?, \d+ as recorded$/m);
    expect(replayed.code).toBe(0);
    const other = await project.run(['replay', 'staging-99', ...STAGING]);
    expect(other.stderr).toContain('RUN_STATE');
    expect(other.code).toBe(1);
  });

  it('leaves a run that can go on when it is interrupted, and a second one carries it forward', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('Go on: cutover run --environment staging');
    expect(code).toBe(130);
    expect((await store.lease('swap/staging'))?.released).toBe(true);
    const second = project.start(['run', ...STAGING]);
    await second.until('Running at rehearsal / decision-1');
    await project.run(['advance', ...WHY]);
    expect((await second.ended).code).toBe(0);
  });

  it('stands by while another one carries the run', async () => {
    const first = project.start(['run', ...STAGING]);
    await first.until(GO_ON);
    const second = project.start(['run', ...STAGING]);
    await second.until('standing by');
    await project.run(['advance', ...WHY]);
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
  });

  it('pauses and resumes', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    expect((await project.run(['pause', ...WHY])).stdout).toContain('staging: paused');
    expect((await project.run(['pause', ...WHY, '--json'])).stderr).toContain('RUN_STATE');
    expect((await project.run(['resume', ...WHY])).stdout).toContain('staging: running');
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(130);
  });
});

describe('a plan that was edited while its run is on', () => {
  async function interrupted(): Promise<void> {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    run.child.kill('SIGINT');
    await run.ended;
  }
  const edit = (plan: object): Promise<void> =>
    project.write(`export default ${JSON.stringify({ ...PLAN, ...plan })};`);

  it('is refused with the difference until a person names its hash', async () => {
    await interrupted();
    await edit({ rollback: { budget: '10s' } });
    const refused = await project.run(['run', ...STAGING]);
    expect(refused.stderr).toContain('PLAN_CHANGED');
    expect(refused.stderr).toContain('~ rollback.budget: 20s -> 10s');
    expect(refused.code).toBe(4);
    const hash = /--accept-plan ([0-9a-f]+)/.exec(refused.stderr)?.[1] ?? '';
    expect((await project.run(['run', ...STAGING, '--accept-plan', hash])).stderr).toContain(
      'REASON_MISSING',
    );
    expect((await project.run(['run', ...STAGING, '--accept-plan', '000000', ...WHY])).code).toBe(4);
    const run = project.start(['run', ...STAGING, '--accept-plan', hash, ...WHY]);
    await run.until('Running at');
    await project.run(['advance', ...WHY]);
    expect((await run.ended).code).toBe(0);
    expect((await project.run(['log', ...STAGING])).stdout).toContain('accepted by ana: because');
  });

  it('is refused for good when it changes what was carried out', async () => {
    await interrupted();
    const [rehearsal, full] = PLAN.phases;
    const steps = rehearsal.steps.map((step) => (step.kind === 'hold' ? { ...step, for: '1s' } : step));
    await edit({ phases: [{ ...rehearsal, steps }, full] });
    const { code, stderr } = await project.run(['run', ...STAGING]);
    expect(stderr).toContain('PLAN_INCOMPATIBLE');
    expect(stderr).toContain('step "rehearsal/hold-1" has begun and cannot change');
    expect(code).toBe(1);
  });
});

describe('cutover rollback', () => {
  it('ends with 6 and names who is missing when an instance does not acknowledge', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    fleet.behaviour.acknowledges = false;
    const { code, stderr } = await project.run(['rollback', ...WHY, '--timeout', '500ms', '--json']);
    const error = stderr.trim().split('\n').at(-1) ?? '';
    expect(json(error)).toMatchObject({ code: 'TIMEOUT', details: { missing: ['staging-1', 'staging-2'] } });
    expect(code).toBe(6);
    fleet.behaviour.acknowledges = true;
    expect((await run.ended).code).toBe(5);
  });

  it('verifies by itself when no controller is there, for one repository too', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    run.child.kill('SIGINT');
    await run.ended;
    const { code, stdout } = await project.run(['rollback', '--repository', 'user', ...WHY]);
    expect(stdout).toContain('✔ rolled back and verified in staging');
    expect(code).toBe(0);
    expect((await project.run(['flag', 'list'])).stdout).toMatch(/user +false \(killed, drain\)/);
    expect((await project.run(['rollback', '--repository', 'usr', ...WHY])).code).toBe(2);
  });
});

describe('cutover kill', () => {
  it('takes everything down without waiting, pins too with --hard', async () => {
    await project.run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...WHY]);
    expect((await project.run(['kill', '--hard', ...STAGING, ...WHY])).code).toBe(0);
    expect((await project.run(['flag', 'list', ...STAGING])).stdout).toMatch(
      /everything +false \(killed, hard\)/,
    );
    const raised = await project.run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...WHY]);
    expect(raised.stderr).toContain('FLAG_KILLED');
  });

  it('by hand is shown as what it is, needs no words, and is left by resume, which looks for the proof itself', async () => {
    await project.run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...WHY]);
    expect((await project.run(['kill', ...STAGING])).stdout).toContain('ROLLBACK of everything (person)');
    const state = async () => json((await project.run(['status', ...STAGING, '--json'])).stdout)['state'];
    expect(await state()).toBe('rolling-back');
    const resumed = await project.run(['resume', ...STAGING, ...WHY]);
    expect(resumed.stderr + resumed.stdout).toContain('kill lifted');
    expect(await state()).toBe('not started');
    expect((await project.run(['kill', ...STAGING])).code).toBe(0);
    fleet.behaviour.acknowledges = false;
    await project.run(['resume', ...STAGING, ...WHY]);
    await project.run(['kill', ...STAGING]);
    const refused = await project.run(['resume', ...STAGING, ...WHY]);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('missing: staging-1, staging-2');
  });
});

describe('what another process carries', () => {
  it('is waited for until it is where it should be, or was taken back', async () => {
    const run = project.start(['run', ...STAGING]);
    const phase = await project.run(['wait', ...STAGING, '--for', 'phase=rehearsal', '--timeout', '20s']);
    expect(phase.code).toBe(0);
    expect((await project.run(['wait', ...STAGING, '--for', 'person'])).stdout).toContain('Go on?');
    const late = await project.run(['wait', ...STAGING, '--timeout', '200ms']);
    expect(late.code).toBe(6);
    expect(late.stderr).toContain('Go on?');
    expect((await project.run(['wait', ...STAGING, '--for', 'phase=rehersal'])).stderr).toContain(
      '"rehearsal"',
    );
    const done = project.start(['wait', ...STAGING, '--json']);
    await project.run(['rollback', ...STAGING, ...WHY]);
    const { code, stdout } = await done.ended;
    expect(code).toBe(5);
    expect(json(stdout)).toMatchObject({ schema: 'cutover.wait/1', reached: false });
    expect((await run.ended).code).toBe(5);
  });

  it('is told what users report, and taken back when that is too much', async () => {
    const metrics = { ...PLAN.metrics, complaints: { kind: 'counter', counter: 'complaints' } };
    const matrix = [...PLAN.matrix, { title: 'Complaints', metric: 'complaints', yellow: 1, red: 5 }];
    const plan = JSON.stringify({ ...PLAN, metrics, matrix });
    await project.write(`export default ${plan};`);
    const nothing = await project.run(['complaint', 'add', ...STAGING, ...WHY]);
    expect(nothing.stderr).toContain('RUN_NOT_ACTIVE');
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    expect((await project.run(['complaint', 'add', '0', ...STAGING, ...WHY])).code).toBe(2);
    const other = await project.run(['complaint', 'add', '--counter', 'complains', ...STAGING, ...WHY]);
    expect(other.stderr).toContain('did you mean "complaints"');
    const first = await project.run(['complaint', 'add', ...STAGING, '--reason', 'ticket 4711']);
    expect(first.stdout).toContain('complaints +1 by ana: ticket 4711');
    await project.run(['complaint', 'add', '5', ...STAGING, '--reason', 'the telephone']);
    expect((await run.ended).code).toBe(5);
    expect(run.said()).toContain('Complaints: 6 > 5');
  });

  it('has told every instance of the newest flags, or names who does not know', async () => {
    await project.run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...WHY]);
    const clear = (...more: readonly string[]) => project.run(['flag', 'clear-cache', ...STAGING, ...more]);
    expect((await clear()).stdout).toContain('2 instances apply epoch');
    fleet.behaviour.acknowledges = false;
    await systemClock.sleep(200);
    const missing = await clear('--timeout', '300ms');
    expect(missing.code).toBe(6);
    expect(missing.stderr).toContain('staging-1, staging-2');
  });
});

describe('a dry run', () => {
  it('passes the same checks, says what would be logged, and writes nothing', async () => {
    const dry = (...args: readonly string[]) => project.run([...args, '--dry-run', ...WHY]);
    const start = await dry('run', ...STAGING);
    expect(start).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing is written') });
    expect(start.stdout).toContain('would carry run staging-1-');
    expect((await dry('run', '--environment', 'production')).stderr).toContain('EVIDENCE_MISSING');
    expect((await dry('flag', 'set', 'use_candidate', '10', ...STAGING)).stdout).toContain('set to 10 %');
    expect((await dry('flag', 'set', 'use_candidate', '1000', ...STAGING)).code).toBe(2);
    expect((await dry('pause', ...STAGING)).stderr).toContain('RUN_NOT_ACTIVE');
    expect((await store.streams()).length).toBe(0);
    expect(await store.routing('swap/staging')).toBeUndefined();
    expect(await store.lease('swap/staging')).toBeUndefined();
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    const back = await dry('rollback', ...STAGING);
    expect(back.stdout).toContain('ROLLBACK of everything');
    expect(back.code).toBe(0);
    expect((await project.run(['status', ...STAGING])).stdout).toContain('▶ running');
    expect((await project.run(['pause', '--dry-run', '--read-only', ...STAGING, ...WHY])).code).toBe(0);
  });
});

describe('what a phase needs', () => {
  it('keeps it from beginning until every item is confirmed and every role has approved this plan', async () => {
    const [first, ...others] = PLAN.phases;
    const needs = { checklists: ['ready'], approvals: ['Lead', 'CTO'] };
    const input = {
      ...PLAN,
      checklists: { ready: ['alerts', 'training'] },
      phases: [{ ...first, needs }, ...others],
    };
    await project.write(`export default ${JSON.stringify(input)};`);
    const run = project.start(['run', ...STAGING]);
    await run.until('2 of checklist "ready", approval of Lead, approval of CTO');
    const act = (...args: readonly string[]) => project.run([...args, ...STAGING, ...WHY]);
    expect((await act('check', 'ready')).stderr).toContain('needs --item or --all');
    expect((await act('check', 'redy', '--all')).stderr).toContain('did you mean "ready"');
    expect((await act('check', 'ready', '--item', '3')).stderr).toContain('no item of checklist "ready" "3"');
    expect((await act('check', 'ready', '--item', '1', '--item', 'training')).code).toBe(0);
    expect((await act('approve', '--role', 'Boss')).stderr).toContain('known: Lead, CTO');
    expect((await act('approve', '--role', 'Lead')).code).toBe(0);
    expect((await act('approve', '--role', 'CTO')).stderr).toContain(
      'ana approved this plan already, as Lead',
    );
    const list = await project.run(['checklist', ...STAGING]);
    expect(list.stdout).toMatch(/✔ 2 training[\s\S]*✔ Lead[\s\S]*· CTO/);
    // A no stops the run until somebody goes on, and then the role is asked again.
    const no = await act('reject', '--role', 'CTO', '--actor', 'cleo');
    expect(no.stdout).toMatch(/REJECTED by cleo as CTO: [\s\S]*PAUSED \(approval rejected\) by cleo: CTO: /);
    expect(no.stdout).toContain('Next: cutover resume');
    expect((await act('resume')).code).toBe(0);
    await run.until('approval is asked of CTO (cleo rejected it)');
    const asked = await project.run(['checklist', ...STAGING]);
    expect(asked.stdout).toMatch(/✖ CTO\s+rejected by cleo.*\n\s+asked since .*: cleo rejected it/);
    expect(asked.stdout).toMatch(/Asked for phase rehearsal[\s\S]*user: unset → 50 % of instances/);
    expect((await act('approve', '--role', 'CTO', '--actor', 'cleo')).code).toBe(0);
    await run.until(GO_ON);
    // Another plan is another decision: what was approved was not this one.
    await act('rollback');
    expect((await run.ended).code).toBe(5);
    await act('resume');
    await project.write(`export default ${JSON.stringify({ ...input, title: 'Edited' })};`);
    const again = project.start(['run', ...STAGING]);
    await again.until('approval of Lead, approval of CTO');
    expect(again.said()).not.toContain('of checklist');
  });
});

describe('cutover status', () => {
  it('shows every environment where none is named, and reads the store that the environment names', async () => {
    const all = await project.run(['status']);
    expect(all.stdout).toMatch(/^staging: not started.*\nproduction: not started/);
    const documents = json((await project.run(['status', '--json'])).stdout);
    expect(documents).toMatchObject({ schema: 'cutover.statuses/1', environments: [{}, {}] });
    const elsewhere = join(project.folder, 'elsewhere.db');
    await project.run(['flag', 'set', 'use_candidate', '30', ...STAGING, ...WHY], {
      CUTOVER_STORE: elsewhere,
    });
    expect((await project.run(['status', ...STAGING], { CUTOVER_STORE: elsewhere })).stdout).toContain(
      '30 %',
    );
    expect((await project.run(['status', ...STAGING])).stdout).not.toContain('30 %');
  });

  it('says that nothing takes a run back which no controller carries, and refuses to begin a log in an emergency', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    expect((await project.run(['status', ...STAGING])).stdout).not.toContain('No controller');
    run.child.kill('SIGINT');
    await run.ended;
    expect((await project.run(['status', ...STAGING])).stdout).toContain('No controller carries it');
    await project.run(['rollback', ...STAGING, ...WHY]);
    const missing = join(project.folder, 'gone.db');
    const lost = await project.run(['rollback', ...STAGING, ...WHY, '--store', missing]);
    expect(lost.stderr).toContain('STORE_UNAVAILABLE');
    await expect(readFile(missing)).rejects.toThrow();
  });

  it('says of a completed run that was taken back that control serves', async () => {
    const run = project.start(['run', ...STAGING]);
    await run.until(GO_ON);
    await project.run(['advance', '--choose', 'proceed', ...WHY]);
    expect((await run.ended).code).toBe(0);
    const status = async () => (await project.run(['status', ...STAGING])).stdout;
    expect(await status()).toContain('Completed; the candidate serves staging.');
    await project.run(['rollback', ...STAGING, ...WHY]);
    expect(await status()).toMatch(/↩ rolled-back[\s\S]*Taken back by ana in/);
    await project.run(['resume', ...STAGING, ...WHY]);
    expect(await status()).toContain('Completed, and taken back since; control serves staging.');
  });
});

describe('watching', () => {
  it('prints a line a change into a pipe, a document a change with --json, until it is interrupted', async () => {
    const lines = project.start(['status', '--watch', ...STAGING]);
    const documents = project.start(['status', '--watch', '--json', ...STAGING]);
    const log = project.start(['log', '--follow', '--json', ...STAGING]);
    await lines.until('Nothing was started');
    await documents.until('not started');
    await project.run(['flag', 'set', 'use_candidate', '10', ...STAGING, ...WHY]);
    await lines.until('Exposed in staging by hand');
    await documents.until('by hand');
    await log.until('flag.set');
    for (const one of [lines, documents, log]) one.child.kill('SIGINT');
    expect((await lines.ended).code).toBe(130);
    for (const line of (await documents.ended).stdout.trim().split('\n')) {
      expect(json(line)).toMatchObject({ schema: 'cutover.status/1' });
    }
    expect((await log.ended).stdout.trim().split('\n').map(json)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });
});

describe('cutover baseline', () => {
  it('records what control does and shows it', async () => {
    const { code, stdout } = await project.run(['baseline', 'record', '--for', '1s', ...STAGING]);
    expect(stdout).toMatch(/errors +0 % +[\d,]+ samples/);
    expect(code).toBe(0);
    expect((await project.run(['baseline', 'show', ...STAGING])).stdout).toBe(stdout);
  });
});

describe('a command of the plan', () => {
  it('runs in the folder of the configuration', async () => {
    await writeFile(join(project.folder, 'here.txt'), '');
    const steps = [{ kind: 'command', run: [process.execPath, '-e', 'require("fs").statSync("here.txt")'] }];
    await project.write(
      `export default ${JSON.stringify({ ...PLAN, phases: [{ id: 'one', environment: 'staging', steps }] })};`,
    );
    expect((await project.run(['run', ...STAGING])).code).toBe(0);
  });
});
