import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanInput } from '../src/plan/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

const POWER: PlanInput = {
  ...PLAN,
  measure: { every: '10s', window: '1m' },
  metrics: {
    errors: { kind: 'errorRate', expected: '0.1%' },
    p95: { kind: 'latency', quantile: 95 },
  },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '0.2%', red: '0.5%' },
    { title: 'Response time', metric: 'p95', against: 'control', red: '10%' },
  ],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 1, of: 'users' },
        { kind: 'hold', for: '10m' },
        { kind: 'expose', exposure: 50, of: 'users' },
        { kind: 'hold', for: '1h' },
      ],
    },
  ],
};

let project: CliProject;
beforeEach(async () => {
  project = await CliProject.create(POWER);
});
afterEach(() => project.remove());

describe('cutover plan power', () => {
  it('says in a table what each hold finds, as wide as a terminal, and the same for programs', async () => {
    const { code, stdout } = await project.run(['plan', 'power', '--rps', '200']);
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('Swap in production, 200 calls a second');
    expect(stdout).toMatch(/canary \/ hold-1: 1 % of users for 10m\n/);
    expect(stdout).toMatch(/Errors +0\.1 % +x [\d.]+ +[\d.]+ % +✖ \d+ %/);
    expect(stdout).toMatch(
      /hold-2: 50 % of users for 1h\n.*\n +Errors +0\.1 % +x [\d.]+ +0?[\d.]+ % +✔ \d+ %/,
    );
    expect(stdout).toMatch(/Response time +50ms\* /);
    expect(stdout).toContain('* assumed: the plan does not say what is normal');

    const json = JSON.parse((await project.run(['plan', 'power', '--rps', '200', '--json'])).stdout) as {
      holds: readonly { rows: readonly { title: string; smallest: { times: number } | null }[] }[];
    };
    expect(json).toMatchObject({ schema: 'cutover.power/1', environment: 'production', rps: 200 });
    const [first, second] = json.holds.map(({ rows }) => rows[0]?.smallest?.times ?? Infinity);
    expect(second).toBeLessThan(first ?? 0);
    expect(stdout).toContain(`x ${Number((second ?? 0).toPrecision(3))}`);
  });

  it('takes the traffic from the plan, where it is linted, too; and asks for it where nobody said', async () => {
    const unknown = await project.run(['plan', 'power']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('write --rps 20, or measure: { rps: 20 } in the plan');
    for (const rps of ['0', 'many'])
      expect((await project.run(['plan', 'power', '--rps', rps])).code).toBe(2);
    expect((await project.run(['plan', 'lint'])).stdout).not.toContain('power');

    await project.write(`export default ${JSON.stringify({ ...POWER, measure: { rps: 200 } })};`);
    expect((await project.run(['plan', 'power'])).stdout).toContain('200 calls a second');
    const lint = await project.run(['plan', 'lint']);
    expect(lint.stdout).toContain('! power, canary / hold-1');
    expect(lint.stdout).toMatch(/Fix: hold for \w+/);
  });

  it('says that nothing is judged where no hold comes behind an exposure', async () => {
    const { code, stdout } = await project.run(['plan', 'power', '--rps', '1', '--environment', 'staging']);
    expect(code).toBe(0);
    expect(stdout).toContain('No hold comes behind an exposure here');
  });
});
