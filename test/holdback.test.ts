import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanInput } from '../src/plan/index.ts';
import { bucket } from '../src/route/index.ts';
import { PLAN } from './fixtures/cli-project.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];
const DECIDE = { kind: 'decision', question: 'Go on?', options: { proceed: 'advance' } } as const;
const HELD: PlanInput = {
  ...PLAN,
  phases: [
    {
      id: 'full',
      environment: 'staging',
      steps: [
        { kind: 'expose', exposure: 100, of: 'traffic', holdback: 1 },
        { kind: 'hold', for: '300ms' },
        DECIDE,
        { kind: 'expose', id: 'release', exposure: 100, of: 'traffic' },
        { kind: 'hold', for: '300ms' },
        { ...DECIDE, question: 'Done?' },
      ],
    },
  ],
};

let staging: StagedProject;

beforeEach(async () => {
  staging = await StagedProject.create(HELD, ['staging-1']);
});
afterEach(() => staging.remove());

const out = async (...args: readonly string[]): Promise<string> => (await staging.project.run(args)).stdout;
const HELD_BACK = Array.from({ length: 1_000 }, (_, at) => `user-${at}`).find(
  (key) => bucket('swap', key) >= 9_900,
);

describe('a holdback, in the command line', () => {
  it('is in the plan, in the status, in what a key gets and why; its release is an exposure of its own', async () => {
    expect(await out('plan', 'show')).toContain('expose 100 % of traffic, 1 % held back');
    const { project, store } = staging;
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: Go on?');
    expect(run.said()).toContain('exposure set: 99 % of traffic; 1 % held back on control as control group');
    expect(await out('status', ...STAGING)).toContain('Control group: 1 % held back.');
    expect(await out('gate', 'explain', ...STAGING)).toContain('Control group: 1 % held back.');
    const which = await out(
      'which',
      '--repository',
      'user',
      '--key',
      HELD_BACK ?? '',
      '--explain',
      ...STAGING,
    );
    expect(which.replaceAll(/\s+/g, ' ')).toMatch(
      /user: control, by global exposure .* held back as control group/,
    );

    await project.run(['advance', '--choose', 'proceed', ...STAGING, '--reason', 'healthy']);
    await run.until('waiting for a person: Done?');
    const status = await out('status', ...STAGING);
    expect(status).toContain('No control group: control serves nobody.');
    expect(JSON.parse(await out('gate', 'explain', ...STAGING, '--json'))).toMatchObject({
      controlGroup: [expect.stringContaining('weaker evidence')],
    });
    expect(await out('which', '--repository', 'user', '--key', HELD_BACK ?? '', ...STAGING)).toContain(
      'user: candidate',
    );
    await project.run(['advance', '--choose', 'proceed', ...STAGING, '--reason', 'done']);
    expect((await run.ended).code).toBe(0);
    const kinds = (await store.read('swap/staging')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'exposure.acknowledged')).toHaveLength(2);
  });
});
