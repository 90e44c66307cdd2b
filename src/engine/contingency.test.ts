import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { beginContingencies, settleCapture } from './contingency.ts';
import type { CutoverEvent, RecordedRow } from './events.ts';
import { evolve } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next } from './next.ts';
import { registrationOf } from './start.ts';
import { activeRun, emptyState, type State } from './state.ts';

const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {} },
  environments: { production: {} },
  metrics: { heap: { kind: 'gauge', gauge: 'heap' }, fresh: { kind: 'newErrors' } },
  matrix: [
    { title: 'Heap', metric: 'heap', red: '100MB', onRed: 'pause' },
    { title: 'Growth', metric: 'heap', against: 'hour', red: '10MB/h' },
    { title: 'Fresh', metric: 'fresh', red: 0 },
  ],
  contingencies: {
    large: { rows: ['Heap'], heapSnapshot: true },
    leak: { rows: ['Growth'], heapSnapshot: true, next: ['fix it'] },
    errors: { rows: ['Fresh'] },
  },
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances' },
        { kind: 'hold', for: '1h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
});

/** A running run after one look. @param red titles of the rows that are */
function looked(red: readonly string[], before: State = begun()): State {
  const rows = ['Heap', 'Growth', 'Fresh'].map((title): RecordedRow => {
    const isRed = red.includes(title);
    const measure = {
      value: 200e6,
      samples: 9,
      ageMs: 0,
      reference: null,
      referenceKind: null,
      referenceSamples: 0,
      ...(title === 'Fresh' ? {} : { worst: title === 'Heap' ? 'i1' : 'i2' }),
    };
    return {
      title,
      measure,
      verdict: isRed ? 'fail' : 'pass',
      colour: isRed ? 'red' : 'green',
      compared: 200e6,
      reason: 'because',
      memory: { beyond: isRed ? 1 : 0 },
    };
  });
  return folded(before, {
    kind: 'gate.looked',
    gate: 'matrix',
    verdict: red.length > 0 ? 'fail' : 'pass',
    action: red.length > 0 ? 'rollback' : null,
    investigate: [],
    rows,
    observedMs: 0,
    waitedMs: 0,
    knownErrors: [],
    newErrors: [
      { id: 'e', class: 'TypeError', message: 'no ?', count: 3, stack: ['at find (users.ts:1:1)'] },
    ],
    counters: {},
    telemetryId: 0,
  });
}

function begun(): State {
  return folded(
    emptyState('swap/production'),
    { kind: 'migration.registered', registration: registrationOf(plan, 'production') },
    {
      kind: 'run.started',
      run: 'r',
      plan,
      planHash: hash,
      timeScale: 1,
      evidence: null,
      actor: 'ana',
      reason: 'x',
    },
    { kind: 'step.entered', phase: 'canary', step: 'hold-1' },
  );
}

function folded(state: State, ...events: readonly CutoverEvent[]): State {
  return events.reduce(
    (before, event) =>
      evolve(before, event, { seq: before.seq + 1, at: (before.seq + 1) * 1_000, hash: 'h' }),
    state,
  );
}

function meets(state: State): readonly CutoverEvent[] {
  const run = activeRun(state);
  return run === null ? [] : beginContingencies(state, run);
}

const view = (instance: string, capture?: NonNullable<InstanceView['status']>['capture']): InstanceView => ({
  instance,
  liveness: 'live',
  status: {
    v: 1,
    applied: 99,
    acknowledged: 99,
    pins: 0,
    serving: {},
    notes: [],
    ...(capture === undefined ? {} : { capture }),
  },
});

describe('a contingency', () => {
  it('begins where a row of it is red, once, and asks one instance at a time: the worst', () => {
    expect(meets(looked([]))).toEqual([]);
    const both = looked(['Heap', 'Growth']);
    expect(meets(both)).toMatchObject([
      { name: 'large', snapshotOf: 'i1', errors: [] },
      { name: 'leak', snapshotOf: null, next: ['fix it'] },
    ]);
    const asked = folded(looked(['Growth']), ...meets(looked(['Growth'])));
    expect(asked.routing?.capture?.instance).toBe('i2');
    expect(meets(asked)).toEqual([]);
    expect(meets(looked(['Heap'], asked))).toMatchObject([{ name: 'large', snapshotOf: null }]);
    expect(meets(looked(['Fresh']))).toMatchObject([
      { errors: [{ id: 'e', count: 3, stack: ['at find (users.ts:1:1)'] }] },
    ]);
  });

  it('is in the log before the decision that the same look leads to, with when the cause was first seen', () => {
    const first = looked(['Growth']);
    const again = looked(['Growth'], first);
    const [began, decided] = next(again, {
      now: 0,
      instances: [],
      rollbackElapsedMs: 0,
      effectRunning: false,
    });
    expect(began).toMatchObject({ kind: 'contingency.began', name: 'leak' });
    expect(decided).toMatchObject({ kind: 'rollback.started', causeSeenAt: first.seq * 1_000 });
    const better = looked(['Growth'], looked([], first));
    expect(better.run?.beyondSince).toEqual({ Growth: better.seq * 1_000 });
  });

  it('ends its wish with the answer of that wish, or after two minutes without one', () => {
    const state = folded(looked(['Growth']), ...meets(looked(['Growth'])));
    const id = state.capture?.id ?? '';
    const no = (of: string) => ({ id: of, ok: false, problem: 'no' }) as const;
    expect(settleCapture(state, [view('i2')], 1)).toEqual([]);
    expect(settleCapture(state, [view('i1', no(id)), view('i2', no('other'))], 120_000)).toEqual([]);
    const [kept] = settleCapture(state, [view('i2', no(id))], 1);
    expect(kept).toMatchObject({
      kind: 'contingency.kept',
      contingency: 'leak',
      instance: 'i2',
      answer: no(id),
    });
    expect(settleCapture(state, [], 120_001)).toMatchObject([
      { answer: { ok: false, problem: 'no answer within 120 s' } },
    ]);
    if (kept !== undefined) expect(settleCapture(folded(state, kept), [], 999_999)).toEqual([]);
  });
});
