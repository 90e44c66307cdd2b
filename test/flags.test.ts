import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCutover, type Cutover } from '../src/index.ts';
import { nodeSource } from '../src/node/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

const STAGING = ['--environment', 'staging'];
const plan = { ...PLAN, repositories: { user: { flag: 'candidate_user_repo' }, order: {} } } as const;

let project: CliProject;
let cutover: Cutover;

beforeEach(async () => {
  project = await CliProject.create(plan);
  // The first command registers the flags of the plan.
  await project.run(['flag', 'set', 'use_candidate', '0', ...STAGING, '--reason', 'created']);
  cutover = createCutover(plan, {
    source: nodeSource(plan, { environment: 'staging', instance: 'i1', file: project.storeFile }),
  });
});
afterEach(async () => {
  await cutover.close();
  await project.remove();
});

const side = (name: string) => {
  const found = { control: 0, candidate: 0 };
  for (let key = 0; key < 4_000; key += 1) found[cutover.which(name, { key: `user-${key}` }).side] += 1;
  return found.candidate / 4_000;
};

describe('a flag of one repository', () => {
  it('stores a percentage, which that repository serves and no other', async () => {
    await project.run(['flag', 'set', 'candidate_user_repo', '25', ...STAGING, '--reason', 'a quarter']);
    await cutover.clearFeatureFlagCache();
    expect(side('user')).toBeGreaterThan(0.22);
    expect(side('user')).toBeLessThan(0.28);
    expect(side('order')).toBe(0);
    const list = (await project.run(['flag', 'list', ...STAGING])).stdout;
    expect(list).toMatch(/user +25 %/);
    await project.run(['flag', 'set', 'candidate_user_repo', '12.5', ...STAGING, '--reason', 'half of that']);
    await cutover.clearFeatureFlagCache();
    expect(side('user')).toBeGreaterThan(0.1);
    expect(side('user')).toBeLessThan(0.15);
  });

  it('is written by the application with a name and a reason, and both are in the log', async () => {
    const flag = await cutover.updateFeatureFlag('candidate_user_repo', 10, 'ben@shop', 'ticket 4711');
    expect(flag).toMatchObject({ exposure: 1_000, killed: false });
    await cutover.updateFeatureFlag('candidate_user_repo', false, 'on-call', 'wrong sums');
    const log = (await project.run(['log', ...STAGING])).stdout;
    expect(log).toContain('flag of user set to 10 % of traffic by ben@shop: ticket 4711');
    expect(log).toMatch(/ROLLBACK of user \(flag\) by on-call: wrong sums/);
    const { events } = JSON.parse((await project.run(['log', ...STAGING, '--json'])).stdout);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'flag.set',
        body: expect.objectContaining({ repository: 'user', actor: 'ben@shop', reason: 'ticket 4711' }),
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'rollback.started',
        body: expect.objectContaining({ actor: 'on-call', reason: 'wrong sums' }),
      }),
    );
    await expect(cutover.updateFeatureFlag('candidate_user_repo', 10, 'ben@shop', ' ')).rejects.toMatchObject(
      {
        code: 'REASON_MISSING',
      },
    );
    const history = await project.run(['flag', 'history', 'candidate_user_repo', ...STAGING]);
    expect(history.stdout).toContain('ticket 4711');
  });
});
