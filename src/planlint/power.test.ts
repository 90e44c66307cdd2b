import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { parseDuration } from '../kernel/index.ts';
import type { PlanInput, StepInput } from '../plan/index.ts';
import { heldStages } from './held-stages.ts';
import { lintPlan } from './lint.ts';
import { planPower } from './power.ts';
import { findWeakHolds } from './weak-hold.ts';

const plan = (steps: readonly StepInput[], more: Partial<PlanInput> = {}) =>
  parsePlan({
    id: 'swap',
    title: 'Swap',
    topology: 'same-store',
    repositories: { user: {}, order: {} },
    environments: { production: {} },
    measure: { rps: 20 },
    metrics: { errors: { kind: 'errorRate', expected: '0.1%' }, rss: { kind: 'gauge', gauge: 'rss' } },
    matrix: [
      { title: 'Errors', metric: 'errors', red: '0.5%' },
      { title: 'Memory', metric: 'rss', red: '1GB' },
    ],
    phases: [{ id: 'one', environment: 'production', steps }],
    rollback: { budget: '1m' },
    ...more,
  }).plan;
const expose = (exposure: number, more: object = {}): StepInput => ({
  kind: 'expose',
  exposure,
  of: 'users',
  ...more,
});
const hold = (time: string): StepInput => ({ kind: 'hold', for: time });

describe('holds of a plan', () => {
  it('know what is exposed while they last, and which repositories the last exposure brought', () => {
    const held = heldStages(
      plan([
        hold('1m'),
        expose(50, { repositories: ['user'] }),
        hold('1h'),
        expose(100, { holdback: 1 }),
        hold('1h'),
        expose(100),
      ]),
      'production',
      20,
    );
    expect(
      held.map(({ exposure, holdback, repositories, strata }) => [exposure, holdback, repositories, strata]),
    ).toEqual([
      [
        5_000,
        0,
        ['user'],
        [
          { repository: 'user', callsPerSecond: 10, share: 0.5, isFaulty: true },
          { repository: 'order', callsPerSecond: 10, share: 0, isFaulty: false },
        ],
      ],
      [
        9_900,
        100,
        null,
        [
          { repository: 'user', callsPerSecond: 10, share: 0.99, isFaulty: true },
          { repository: 'order', callsPerSecond: 10, share: 0.99, isFaulty: true },
        ],
      ],
    ]);
  });

  it('say of each row about calls what it finds, and whether what is normal was assumed', () => {
    const [first] = planPower(plan([expose(10), hold('1h')]), 'production', 20);
    expect(first?.rows.map(({ title }) => title)).toEqual(['Errors']);
    const [errors] = first?.rows ?? [];
    expect(errors).toMatchObject({ normal: 0.001, isAssumed: false });
    expect(errors?.smallest?.value).toBeGreaterThan(0.005);
    expect(errors?.smallest?.value).toBeCloseTo((errors?.smallest?.times ?? 0) * 0.001, 9);
    const metrics = { errors: { kind: 'errorRate' }, rss: { kind: 'gauge', gauge: 'rss' } } as const;
    const [unknown] = planPower(plan([expose(10), hold('1h')], { metrics }), 'production', 20);
    expect(unknown?.rows[0]).toMatchObject({ isAssumed: true });
  });

  it('say nothing of rows about requests, of which the traffic is not known', () => {
    const metrics = {
      errors: { kind: 'endpointErrors' },
      rss: { kind: 'gauge', gauge: 'rss' },
    } as const;
    expect(planPower(plan([expose(10), hold('1h')], { metrics }), 'production', 20)[0]?.rows).toEqual([]);
  });

  it('find nothing where the row is about repositories that are not exposed', () => {
    const metrics = {
      errors: { kind: 'errorRate', expected: '0.1%', repositories: ['order'] },
      rss: { kind: 'gauge', gauge: 'rss' },
    } as const;
    const weak = plan([expose(50, { repositories: ['user'] }), hold('1h')], { metrics });
    expect(planPower(weak, 'production', 20)[0]?.rows[0]).toMatchObject({ smallest: null, ofTwiceRed: 0 });
  });
});

describe('a hold that cannot find what is twice its red limit', () => {
  const short = [expose(5), hold('10m'), expose(50), hold('24h')];
  const busy = { measure: { rps: 200 } };

  it('is a finding with what would do, and with that it is none', () => {
    const [finding, ...more] = findWeakHolds(plan(short, busy));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ rule: 'power', severity: 'warning', where: 'one / hold-1' });
    expect(finding?.message).toMatch(
      /^at 200 calls a second row "Errors" finds what is twice its red limit with a probability of \d+ % in 10m/,
    );
    const ways = /^hold for (.+), or expose (\d+) %$/.exec(finding?.fix ?? '');
    expect(parseDuration((ways?.[1] ?? '').replaceAll(' ', ''))).toBeGreaterThan(600_000);
    expect(findWeakHolds(plan([expose(5), hold(ways?.[1] ?? '')], busy))).toEqual([]);
    expect(findWeakHolds(plan([expose(Number(ways?.[2])), hold('10m')], busy))).toEqual([]);
  });

  it('is not one where nobody said how many calls are expected, nor for a row that is only investigated', () => {
    expect(findWeakHolds(plan(short, { measure: {} }))).toEqual([]);
    const matrix = [{ title: 'Errors', metric: 'errors', red: '0.5%', onRed: 'investigate' }] as const;
    expect(findWeakHolds(plan(short, { ...busy, matrix: [...matrix] }))).toEqual([]);
  });

  it('keeps no run from starting: errors are looked for without it', () => {
    expect(lintPlan(plan(short, busy)).filter(({ rule }) => rule === 'power')).toEqual([]);
  });

  it('says so where nothing would do', () => {
    const rare = plan([expose(50), hold('4d')], { measure: { rps: 0.001 } });
    expect(findWeakHolds(rare)[0]?.fix).toMatch(/^neither a week nor half of the traffic would do/);
  });
});
