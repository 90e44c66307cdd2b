import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import {
  emptyState,
  evolve,
  nextEvents,
  registrationOf,
  requestEvents,
  type CutoverEvent,
  type InstanceView,
  type OperatorRequest,
  type State,
} from '../engine/index.ts';
import type { StepInput } from '../plan/index.ts';
import { statusOf } from './status.ts';

const raised = (repository: string): readonly StepInput[] => [
  { kind: 'expose', exposure: 100, of: 'traffic', repositories: [repository] },
  { kind: 'hold', for: '1h' },
];
const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: ['user', 'bike'].map((id) => ({ id, environment: 'production', steps: raised(id) })),
  rollback: { budget: '1m' },
});
const by = { actor: 'ana', reason: 'test' };

function folded(state: State, events: readonly CutoverEvent[]): State {
  return events.reduce((now, event) => {
    const seq = now.seq + 1;
    return evolve(now, event, { seq, at: seq * 1_000, hash: `h${seq}` });
  }, state);
}

const ask = (state: State, request: OperatorRequest): State => folded(state, requestEvents(state, request));

const begun: State = folded(emptyState('swap/production'), [
  { kind: 'migration.registered', registration: registrationOf(plan, 'production') },
  { kind: 'run.started', run: 'r', plan, planHash: hash, timeScale: 1, evidence: null, ...by },
  { kind: 'step.entered', phase: 'bike', step: 'hold-1' },
]);

const instances = (acknowledged: number): readonly InstanceView[] => [
  {
    instance: 'i1',
    liveness: 'live',
    status: { v: 1, applied: acknowledged, acknowledged, pins: 0, serving: {}, notes: [] },
  },
];

const shown = (state: State) => statusOf(plan, 'production', state, instances(0), [], 100_000);

function verified(state: State, tookMs: number): State {
  const tick = { now: 0, rollbackElapsedMs: tookMs, effectRunning: false };
  return folded(state, nextEvents(state, { ...tick, instances: instances(state.routing?.epoch ?? 0) }));
}

const back = (more: Partial<Extract<OperatorRequest, { kind: 'rollback' }>> = {}): OperatorRequest => ({
  kind: 'rollback',
  repositories: null,
  mode: 'drain',
  ...by,
  ...more,
});

describe('the status of what was taken back', () => {
  it('is of the rollback that came behind the end of the run, as soon as it begins', () => {
    const over = verified(ask(begun, back()), 40);
    expect(shown(over)).toMatchObject({
      state: 'rolled-back',
      sentence: 'Rolled back in 40ms to the last acknowledgement: test',
      waitingFor: expect.stringContaining('a person to acknowledge'),
    });
    const again = ask(over, back({ mode: 'hard', actor: 'ben', reason: 'still slow' }));
    expect(shown(again)).toMatchObject({
      state: 'rolling-back',
      since: again.rollback?.startedAt,
      sentence: 'Taken back by ben: still slow',
      waitingFor: 'acknowledgements from i1',
    });
    const lifted = ask(verified(again, 7), { kind: 'resume', repositories: null, ...by });
    expect(shown(lifted)).toMatchObject({ state: 'rolled-back', rollback: { covers: null } });
    expect(shown(verified(again, 7))).toMatchObject({
      state: 'rolled-back',
      sentence: 'Taken back by ben in 7ms to the last acknowledgement: still slow',
      waitingFor: expect.stringContaining('a person to acknowledge'),
    });
  });

  it('says what is verified together, and waits for it before it asks a person', () => {
    const both = ask(ask(begun, back({ repositories: ['user'] })), back({ repositories: ['bike'] }));
    expect(shown(both)).toMatchObject({
      state: 'paused',
      waitingFor: 'acknowledgements from i1',
      rollback: { repositories: ['bike'], covers: ['user', 'bike'], tookMs: null },
    });
    // With nobody there nothing is missing, and all the same somebody has to see that.
    expect(statusOf(plan, 'production', both, [], [], 100_000).waitingFor).toContain('a controller');
    expect(shown(verified(both, 5)).waitingFor).toBe('a person: repository rolled back');
  });

  it('names a repository that does not come back with the run, and not one whose phase begins again', () => {
    const lifted = (repository: string): State => {
      const taken = verified(ask(begun, back({ repositories: [repository] })), 5);
      return ask(taken, { kind: 'resume', repositories: [repository], ...by });
    };
    const left = 'user stays on control: it was taken back alone, and no step ahead raises it.';
    expect(shown(lifted('user')).sentence).toContain(
      `Paused at bike / hold-1 (repository rolled back): test. ${left}`,
    );
    const on = ask(lifted('user'), { kind: 'resume', repositories: null, ...by });
    expect(shown(on).sentence).toBe(`Running at bike / hold-1. ${left}`);
    const bike = lifted('bike');
    expect(shown(bike).sentence).not.toContain('stays');
    expect(shown(ask(bike, { kind: 'resume', repositories: null, ...by })).sentence).not.toContain('stays');
  });
});

describe('the sentence', () => {
  it('is one line whatever an earlier version wrote into the log', () => {
    const reason = 'no table\r\n\u001B[2Jat check.js';
    const paused = folded(begun, [{ kind: 'run.paused', cause: 'step failed', actor: 'cutover', reason }]);
    expect(shown(paused).sentence).toBe(
      'Paused at bike / hold-1 (step failed): no table \\u001b[2Jat check.js',
    );
  });
});
