import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { selfTest } from '../gate/index.ts';
import type { PlanInput } from '../plan/index.ts';

const loud: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { production: {} },
  metrics: {
    errors: { kind: 'errorRate' },
    bikes: { kind: 'errorRate', repositories: ['bike'] },
    p95: { kind: 'latency', quantile: 95 },
    memory: { kind: 'gauge', gauge: 'rss' },
    cpu: { kind: 'gauge', gauge: 'cpu' },
    complaints: { kind: 'counter', counter: 'complaints' },
    fresh: { kind: 'newErrors' },
    payments: { kind: 'probeFailures', probe: 'payments' },
    paymentsTime: { kind: 'probeTime', probe: 'payments', quantile: 95 },
    different: { kind: 'mismatchRate', repositories: ['bike'] },
  },
  probes: { payments: { url: 'https://payments.example/health' } },
  matrix: [
    { title: 'Errors', metric: 'errors', red: '0.5%' },
    { title: 'Errors against control', metric: 'bikes', against: 'control', red: '10%' },
    { title: 'Errors against the baseline', metric: 'errors', against: 'baseline', red: '10%' },
    { title: 'p95', metric: 'p95', red: '500ms' },
    { title: 'p95 against control', metric: 'p95', against: 'control', red: '10%' },
    { title: 'p95 against the baseline', metric: 'p95', against: 'baseline', red: '50%', onRed: 'pause' },
    { title: 'Growth', metric: 'memory', against: 'hour', red: '10MB/h' },
    { title: 'Memory', metric: 'memory', red: '150MB', looks: 30 },
    { title: 'CPU', metric: 'cpu', against: 'control', red: '15%', minChange: '10%' },
    { title: 'Complaints', metric: 'complaints', red: 5 },
    { title: 'New errors', metric: 'fresh', red: 0 },
    { title: 'Payments answer', metric: 'payments', red: '10%' },
    { title: 'Payments in time', metric: 'paymentsTime', red: '800ms' },
    { title: 'Different answers', metric: 'different', red: '1%' },
  ],
  phases: [{ id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 10, of: 'users' }] }],
  rollback: { budget: '1m' },
};

const silentRows = (input: PlanInput): readonly string[] =>
  selfTest(parsePlan(input).plan).map(({ row }) => row);

describe('the self-test of gates', () => {
  it('hears every kind of row when everything fails', () => {
    expect(selfTest(parsePlan(loud).plan)).toEqual([]);
  });

  it('names rows that nothing turns red', () => {
    const deaf: PlanInput = {
      ...loud,
      gates: {
        extra: [{ title: 'All of them', metric: 'errors', against: 'control', red: '10%', minChange: 2 }],
      },
      matrix: [...loud.matrix, { title: 'Ten times two hours', metric: 'p95', red: 7_200_000 }],
    };
    expect(silentRows(deaf)).toEqual(['Ten times two hours', 'All of them']);
  });

  it('names a row that could never collect what it asks for', () => {
    const { plan } = parsePlan(loud);
    const none = {
      ...plan,
      metrics: { ...plan.metrics, bikes: { kind: 'errorRate', repositories: ['bikes'], expected: null } },
    } as const;
    expect(selfTest(none)).toEqual([
      { gate: 'matrix', row: 'Errors against control', reason: expect.stringContaining('samples') },
    ]);
  });
});
