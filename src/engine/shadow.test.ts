import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { PlanInput } from '../plan/index.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next, waitingFor } from './next.ts';
import { rowsOf } from './rows.ts';
import { requestEvents } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' }, different: { kind: 'mismatchRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  gates: { alike: [{ title: 'Answers', metric: 'different', red: '0.1%' }] },
  phases: [
    {
      id: 'compare',
      environment: 'production',
      steps: [
        { kind: 'shadow', sample: 2.5 },
        { kind: 'shadow', sample: 50, repositories: ['user'] },
        { kind: 'hold', for: '1h', gate: 'alike' },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);
const by = { actor: 'ana', reason: 'test' };

function append(state: State, ...events: readonly CutoverEvent[]): State {
  return events.reduce((before, event, at) => evolve(before, event, { seq: at + 1, at: 0, hash: '' }), state);
}

function instance(epoch: number): InstanceView {
  const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
  return { instance: 'one', liveness: 'live', status };
}

/** What follows from an instance that acknowledged this epoch. */
function follow(before: State, epoch: number | null): State {
  let state = before;
  for (let events = step(state, epoch); events.length > 0; events = step(state, epoch))
    state = append(state, ...events);
  return state;
}

function step(state: State, epoch: number | null): readonly CutoverEvent[] {
  const instances = epoch === null ? [] : [instance(epoch)];
  return next(state, { now: 0, instances, rollbackElapsedMs: 0, effectRunning: false });
}

function started(): State {
  const registered: CutoverEvent = {
    kind: 'migration.registered',
    registration: registrationOf(plan, 'production'),
  };
  const state = append(emptyState('swap/production'), registered);
  return append(
    state,
    ...requestEvents(state, {
      kind: 'start',
      run: 'r',
      plan,
      planHash: hash,
      timeScale: 1,
      evidence: null,
      ...by,
    }),
  );
}

describe('a shadow step', () => {
  it('writes its share, and is done when every instance has it', () => {
    const waiting = follow(started(), null);
    expect(waiting.routing?.shadow).toEqual({ all: 250, repositories: {} });
    expect(waiting.run?.position?.step).toBe('shadow-1');
    expect(waitingFor(waiting, [])).toContain('the first instance');
    const behind = follow(waiting, (waiting.routing?.epoch ?? 0) - 1);
    expect(behind.run?.position?.step).toBe('shadow-1');
    const second = follow(behind, behind.routing?.epoch ?? 0);
    expect(second.run?.position?.step).toBe('shadow-2');
    expect(second.routing?.shadow).toEqual({ all: 250, repositories: { user: 5_000 } });
    expect(follow(second, second.routing?.epoch ?? 0).run?.position?.step).toBe('hold-1');
  });

  it('cannot be skipped by a person', () => {
    const waiting = follow(started(), null);
    expect(() => requestEvents(waiting, { kind: 'advance', choose: null, retry: false, ...by })).toThrow(
      'waits until every instance acknowledged',
    );
  });

  it('is over with a rollback, and lifting the kill does not begin it again', () => {
    const waiting = follow(started(), null);
    const second = follow(waiting, waiting.routing?.epoch ?? 0);
    const part = append(
      second,
      ...requestEvents(second, { kind: 'rollback', repositories: ['user'], mode: 'drain', ...by }),
    );
    expect(part.routing?.shadow).toEqual({ all: 250, repositories: { user: 0 } });
    const whole = append(
      part,
      ...requestEvents(part, { kind: 'rollback', repositories: null, mode: 'drain', ...by }),
    );
    expect(whole.routing?.shadow).toEqual({ all: 0, repositories: {} });
    const lifted = append(whole, { kind: 'kill.lifted', repositories: null, ...by });
    expect(lifted.routing?.shadow).toEqual({ all: 0, repositories: {} });
  });

  it('needs one database', () => {
    expect(() => parsePlan({ ...input, topology: 'two-store' })).toThrow(
      'phases[0].steps[0].kind: "shadow" compares two sides of one database',
    );
  });
});

describe('a gate about the shadow', () => {
  it('is judged by its own rows while nothing is exposed, and with the matrix after that', () => {
    const titles = (isExposed: boolean): readonly string[] =>
      rowsOf(plan, 'alike', isExposed).map(({ title }) => title);
    expect(titles(false)).toEqual(['alike: Answers']);
    expect(titles(true)).toEqual(['Errors', 'alike: Answers']);
    expect(rowsOf(plan, 'matrix', false)).toHaveLength(1);
  });
});
