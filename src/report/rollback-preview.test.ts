import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import {
  emptyState,
  evolve,
  registrationOf,
  requestEvents,
  type CutoverEvent,
  type State,
} from '../engine/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { rollbackPreview, type RollbackPreview } from './rollback-preview.ts';
import { statusOf } from './status.ts';

const NOW = Date.parse('2026-11-21T15:00:00Z');
const by = { actor: 'ana', reason: 'test' };
const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { staging: {}, production: { protected: true } },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', yellow: '1%', red: '5%' }],
  phases: [
    { id: 'rehearsal', environment: 'staging', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
    {
      id: 'full',
      environment: 'production',
      steps: [
        { kind: 'command', id: 'deploy', title: 'Deploy', run: ['true'], timeout: '1s' },
        { kind: 'expose', exposure: 100, of: 'traffic' },
      ],
    },
  ],
  rollback: { budget: '30s' },
};

function folded(plan: ReturnType<typeof parsePlan>['plan'], events: readonly CutoverEvent[]): State {
  return events.reduce(
    (state, event) => evolve(state, event, { seq: state.seq + 1, at: NOW, hash: `${state.seq + 1}` }),
    evolve(emptyState('swap/production'), registered(plan), { seq: 1, at: NOW, hash: '1' }),
  );
}

const registered = (plan: ReturnType<typeof parsePlan>['plan']): CutoverEvent => ({
  kind: 'migration.registered',
  registration: registrationOf(plan, 'production'),
});

const exposed = (pointOfNoReturn: boolean): CutoverEvent => ({
  kind: 'exposure.set',
  exposure: 10_000,
  of: 'traffic',
  repositories: null,
  byEnvironment: false,
  slots: [],
  pointOfNoReturn,
});

function preview(
  events: readonly CutoverEvent[],
  more: Partial<Parameters<typeof rollbackPreview>[0]> = {},
  of: PlanInput = input,
): RollbackPreview {
  const { plan } = parsePlan(of);
  const state = folded(plan, events);
  const instances = [
    { instance: 'i1', liveness: 'live', status: null },
    { instance: 'i2', liveness: 'gone', status: null },
  ] as const;
  const status = statusOf(plan, 'production', state, instances, [], NOW);
  const rest = { repositories: null, last: null, strangers: [] };
  return rollbackPreview({ plan, environment: 'production', state, status, ...rest, ...more });
}

describe('what a rollback would do', () => {
  it('is what serves now, the ways back with their cost, and whose word is waited for', () => {
    const { repositories, strategies, confirm, instances, refused, isTakenBack } = preview([exposed(false)], {
      strangers: ['function'],
    });
    expect([refused, isTakenBack, confirm]).toEqual([null, false, 'swap']);
    expect(repositories.map(({ repository, serves }) => [repository, serves])).toEqual([
      ['user', 'candidate'],
      ['bike', 'candidate'],
    ]);
    expect(strategies.map(({ name, budgetMs, loses }) => [name, budgetMs, loses])).toEqual([
      ['drain', 30_000, null],
      ['hard', 30_000, null],
    ]);
    expect(strategies[0]?.command).toBe(
      'cutover rollback --environment production --confirm swap --reason "…"',
    );
    expect(instances.waitsFor).toEqual(['i1']);
    expect(instances.unverified.map(({ instance }) => instance)).toEqual(['i2', 'function']);
  });

  it('is refused past the point of no return, with the reason that the rollback itself has', () => {
    const { refused, irreversible } = preview([exposed(true)]);
    expect(refused?.code).toBe('POINT_OF_NO_RETURN');
    expect(irreversible[0]).toContain('point of no return');
  });

  it('says what is lost where data moved', () => {
    const { strategies, repositories } = preview([exposed(false)], {}, { ...input, topology: 'two-store' });
    for (const { loses } of strategies) expect(loses).toContain('written to the candidate alone');
    expect(repositories[0]?.writes).toContain('stays there');
  });

  it('takes as long as the last one did, and says which; without one, as long as it may', () => {
    expect(preview([exposed(false)]).expected).toMatchObject({ ms: 30_000, from: 'budget' });
    const last = { environment: 'staging', at: NOW - 3_600_000, tookMs: 240 };
    const { expected } = preview([exposed(false)], { last });
    expect(expected).toMatchObject({ ms: 240, from: 'rollback' });
    expect(expected.text).toBe(
      'The last rollback in staging, 1h ago, took 240ms to the last acknowledgement.',
    );
  });

  it('of one repository names it, and knows when it is back already', () => {
    const one = preview([exposed(false)], { repositories: ['user'] });
    expect(one.repositories).toHaveLength(1);
    expect(one.strategies[0]?.command).toContain('--repository user --environment production');
    const { plan } = parsePlan(input);
    const asked = { kind: 'rollback', repositories: null, mode: 'drain', ...by } as const;
    const back = requestEvents(folded(plan, [exposed(false)]), asked);
    const { isTakenBack, repositories } = preview([exposed(false), ...back]);
    expect([isTakenBack, repositories[0]?.serves]).toEqual([true, 'control']);
  });
});
