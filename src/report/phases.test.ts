import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { emptyState, evolve, registrationOf, type CutoverEvent, type State } from '../engine/index.ts';
import { phasesOf } from './phases.ts';

const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  phases: ['one', 'two', 'three'].map((id) => ({
    id,
    environment: 'production',
    ...(id === 'three' ? { pointOfNoReturn: true } : {}),
    steps: [
      { kind: 'expose', exposure: 10, of: 'traffic' },
      { kind: 'hold', for: '1h' },
    ],
  })),
  rollback: { budget: '1m' },
});
const by = { actor: 'ana', reason: 'test' };

/** Each event a second after the one before. */
function folded(events: readonly CutoverEvent[]): State {
  return events.reduce(
    (state, event) => evolve(state, event, { seq: state.seq + 1, at: (state.seq + 1) * 1_000, hash: 'h' }),
    emptyState('swap/production'),
  );
}

const begun: readonly CutoverEvent[] = [
  { kind: 'migration.registered', registration: registrationOf(plan, 'production') },
  { kind: 'run.started', run: 'r', plan, planHash: hash, timeScale: 1, evidence: null, ...by },
];
const enter = (phase: string, step: string): CutoverEvent => ({ kind: 'step.entered', phase, step });
const shown = (events: readonly CutoverEvent[]) =>
  phasesOf(plan, 'production', folded([...begun, ...events]));
const back: CutoverEvent = {
  kind: 'rollback.started',
  cause: 'person',
  repositories: null,
  mode: 'drain',
  budgetMs: 60_000,
  ...by,
};

describe('the phases of a status', () => {
  it('say when a run came to each and went on from it, and where there is no way back', () => {
    expect(phasesOf(plan, 'production', emptyState('swap/production'))).toMatchObject([
      { state: 'ahead', enteredAt: null, leftAt: null, pointOfNoReturn: false },
      { state: 'ahead', enteredAt: null },
      { state: 'ahead', pointOfNoReturn: true, steps: [{ forMs: null }, { forMs: 3_600_000 }] },
    ]);
    const going = shown([enter('one', 'expose-1'), enter('one', 'hold-1'), enter('two', 'expose-1')]);
    expect(going).toMatchObject([
      { enteredAt: 3_000, leftAt: 5_000, state: 'done' },
      { enteredAt: 5_000, leftAt: null, state: 'current' },
      { enteredAt: null, leftAt: null, state: 'ahead' },
    ]);
  });

  it('end where the run was taken back, or through', () => {
    const events = [enter('one', 'expose-1'), enter('two', 'expose-1')];
    expect(shown([...events, back])).toMatchObject([
      {},
      { enteredAt: 4_000, leftAt: 5_000 },
      { leftAt: null },
    ]);
    expect(shown([...events, enter('three', 'hold-1'), { kind: 'run.completed' }])).toMatchObject([
      {},
      { leftAt: 5_000 },
      { state: 'done', enteredAt: 5_000, leftAt: 6_000 },
    ]);
  });

  it('are left after they were entered, however often a run comes to them', () => {
    const visits = fc.array(fc.constantFrom('one', 'two', 'three'), { maxLength: 8 });
    fc.assert(
      fc.property(visits, (phases) => {
        for (const { id, enteredAt, leftAt } of shown(phases.map((phase) => enter(phase, 'expose-1')))) {
          expect(enteredAt !== null).toBe(phases.some((phase) => phase === id));
          if (leftAt !== null) expect(leftAt).toBeGreaterThanOrEqual(enteredAt ?? Infinity);
        }
      }),
    );
  });

  it('of a run that was taken back end when that began, whatever is taken back later', () => {
    const acknowledged: CutoverEvent = {
      kind: 'rollback.acknowledged',
      epoch: 2,
      tookMs: 1,
      withinBudget: true,
      instances: [],
    };
    const hard: CutoverEvent = { ...back, mode: 'hard' };
    const left = (...events: readonly CutoverEvent[]) =>
      shown([enter('one', 'expose-1'), ...events])[0]?.leftAt;
    expect(left(back)).toBe(4_000);
    expect(left(back, hard)).toBe(4_000);
    expect(left(back, acknowledged)).toBe(4_000);
    expect(left(back, acknowledged, hard)).toBe(5_000);
  });
});
