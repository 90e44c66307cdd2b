import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { RoutingState } from '../route/index.ts';
import { exposureOf } from './exposure.ts';

const { plan } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  phases: [{ id: 'one', environment: 'production', steps: [{ kind: 'shadow', sample: 5 }] }],
  rollback: { budget: '1m' },
});
const UNSET = { exposure: 'unset', of: 'traffic', instances: [], killed: false } as const;
const routing: RoutingState = {
  v: 1,
  migration: 'swap',
  environment: 'production',
  epoch: 3,
  salt: 's',
  failSide: 'control',
  byEnvironment: false,
  global: { ...UNSET, exposure: 1_000 },
  repositories: { user: UNSET, bike: { ...UNSET, exposure: 2_500 } },
  allow: [],
  deny: [],
  shadow: { all: 500, repositories: { bike: 0 } },
  staleAfterMs: 30_000,
};
const batch: TelemetryBatch = {
  v: 1,
  epoch: 3,
  spanMs: 1_000,
  operations: [],
  gauges: {},
  counters: {},
  keyMissing: 0,
  overflow: 0,
  shadow: [
    {
      repository: 'user',
      operation: 'find',
      sampled: 9,
      states: { match: 4, mismatch: 1, failed: 1, ignored: 1, dropped: 2 },
      reasons: {},
      groups: [],
    },
  ],
};

describe('the exposure of a status', () => {
  it('says which flag decides, and what the shadow compared where there is one', () => {
    expect(exposureOf(plan, { routing }, [batch])).toMatchObject([
      {
        repository: 'user',
        set: 10,
        decides: 'global',
        shadow: { sample: 5, compared: 7, differed: 2 },
      },
      { repository: 'bike', set: 25, decides: 'repository', shadow: null },
    ]);
  });

  it('has no shadow where everything was taken back', () => {
    const killed = { ...routing, global: { ...routing.global, killed: 'drain' as const } };
    expect(exposureOf(plan, { routing: killed }, [batch])).toMatchObject([
      { killed: true, shadow: null },
      { killed: true, shadow: null },
    ]);
    expect(exposureOf(plan, { routing: null }, [])).toMatchObject([
      { set: null, decides: 'global', shadow: null },
      { set: null },
    ]);
  });
});
