import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { emptyState, evolve, registrationOf, type CutoverEvent, type State } from '../engine/index.ts';
import { LatencySketch } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { decisionOf, type Decision, type DecidedBy } from './decision.ts';
import { matrixCells } from './matrix-cells.ts';
import { statusOf } from './status.ts';
import { TelemetryCell } from './telemetry-cell.ts';

const NOW = Date.parse('2026-11-21T15:00:00Z');
const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { production: {} },
  measure: { window: '1m', every: '10s', minSamples: 10 },
  metrics: {
    errors: { kind: 'errorRate' },
    bikes: { kind: 'latency', quantile: 95, repositories: ['bike'] },
    memory: { kind: 'gauge', gauge: 'rss' },
  },
  matrix: [
    { title: 'Errors', metric: 'errors', yellow: '1%', red: '5%' },
    { title: 'Bikes', metric: 'bikes', against: 'control', yellow: '10%', red: '50%', onRed: 'pause' },
    { title: 'Memory', metric: 'memory', yellow: '100MB', red: '200MB', onRed: 'investigate' },
  ],
  checklists: { ready: ['dashboard'] },
  phases: [
    {
      id: 'canary',
      environment: 'production',
      needs: { checklists: ['ready'] },
      steps: [
        { kind: 'expose', id: 'a-tenth', exposure: 10, of: 'traffic' },
        { kind: 'hold', id: 'watch', for: '1h' },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      steps: [{ kind: 'expose', id: 'all', exposure: 100, of: 'traffic' }],
    },
  ],
  rollback: { budget: '30s' },
};
const { plan, hash } = parsePlan(input);
const [canary, full] = plan.phases;
const by = { actor: 'ana', reason: 'test' };

function folded(events: readonly CutoverEvent[]): State {
  const first: CutoverEvent = {
    kind: 'migration.registered',
    registration: registrationOf(plan, 'production'),
  };
  return [first, ...events].reduce(
    (state, event) => evolve(state, event, { seq: state.seq + 1, at: NOW, hash: `${state.seq + 1}` }),
    emptyState('swap/production'),
  );
}

const started: CutoverEvent = {
  kind: 'run.started',
  run: 'r1',
  plan,
  planHash: hash,
  timeScale: 1,
  evidence: null,
  ...by,
};
const holding: readonly CutoverEvent[] = [
  { kind: 'item.checked', checklist: 'ready', item: 'dashboard', ...by },
  started,
  { kind: 'step.entered', phase: 'canary', step: 'a-tenth' },
  {
    kind: 'exposure.set',
    exposure: 1_000,
    of: 'traffic',
    repositories: null,
    byEnvironment: false,
    slots: [],
    pointOfNoReturn: false,
  },
  { kind: 'step.completed', phase: 'canary', step: 'a-tenth', by: null },
  { kind: 'step.entered', phase: 'canary', step: 'watch' },
];

function decided(events: readonly CutoverEvent[], of = canary, look: DecidedBy | null = null): Decision {
  const state = folded(events);
  if (of === undefined) throw new Error('the plan has two phases');
  const status = statusOf(plan, 'production', state, [], [], NOW);
  const common = { plan, planHash: hash, environment: 'production', state, status, look };
  return decisionOf({ ...common, phase: of, seen: new TelemetryCell(), explain: false });
}

function cell(repository: string, calls: number, errors: number, ms: number, controlMs = 10): TelemetryCell {
  const made = new TelemetryCell();
  const side = (name: 'control' | 'candidate', took: number) => {
    const sketch = new LatencySketch();
    for (let call = 0; call < calls; call += 1) sketch.record(took);
    const counts = { calls, errors: name === 'candidate' ? errors : 0, ignored: 0 };
    const latency = sketch.drain();
    return { repository, operation: 'find', side: name, ...counts, latency, fingerprints: [] };
  };
  made.add('i1', {
    v: 1,
    epoch: 1,
    spanMs: 1_000,
    operations: [side('control', controlMs), side('candidate', ms)],
    gauges: {},
    counters: {},
    keyMissing: 0,
    overflow: 0,
  });
  return made;
}

describe('what is decided', () => {
  it('is a hold that counts observed time, what comes then, and what red would do', () => {
    const { phase, hold, next, entry, exit } = decided(holding);
    expect(phase.isCurrent).toBe(true);
    expect(hold).toMatchObject({ step: 'watch', observedMs: 0, neededMs: 3_600_000 });
    expect(next.sentence).toBe(
      'Waits for 1h more of observed time; then full / all: expose 100 % of traffic.',
    );
    expect(next.onRed).toBe('A red row that says rollback takes everything back by itself.');
    expect(entry).toEqual([{ text: 'checklist "ready" is confirmed', met: true }]);
    expect(exit.map(({ met }) => met)).toEqual([true, false]);
  });

  it('of a run that was taken back is over, wherever it stood', () => {
    const back: CutoverEvent = {
      kind: 'rollback.started',
      cause: 'gate',
      repositories: null,
      mode: 'drain',
      budgetMs: 30_000,
      ...by,
    };
    const acknowledged: CutoverEvent = {
      kind: 'rollback.acknowledged',
      epoch: 3,
      tookMs: 40,
      withinBudget: true,
      instances: [],
    };
    const { phase, hold, next } = decided([...holding, back, acknowledged]);
    expect([phase.isCurrent, hold]).toEqual([false, null]);
    expect(next.sentence).toContain('Rolled back in 40ms');
    expect(next.onRed).toBe('No run is on, so nobody looks.');
  });

  it('shows no number where no look was taken, and never a verdict', () => {
    const { rows, at, verdict } = decided(holding);
    expect([at, verdict]).toEqual([null, null]);
    for (const row of rows)
      expect([row.verdict, row.colour, row.value]).toEqual(['not looked at', 'none', '-']);
  });

  it('of a phase ahead says that it has not begun, and what it needs', () => {
    const { phase, next, hold, entry } = decided(holding, full);
    expect([phase.isCurrent, hold, next.sentence]).toEqual([false, null, 'This phase has not begun.']);
    expect(entry).toEqual([{ text: 'phase canary is over', met: false }]);
    expect(decided([]).entry).toEqual([{ text: 'checklist "ready" is confirmed', met: false }]);
  });
});

describe('a repository in a row', () => {
  const levels = (title: string, seen: TelemetryCell) => {
    const row = plan.gates['matrix']?.find((one) => one.title === title);
    if (row === undefined) throw new Error(title);
    return matrixCells(plan, row, seen, {}).map(({ level }) => level);
  };

  it('is not applicable where the row is not about it, and no data is never within', () => {
    expect(levels('Bikes', cell('bike', 100, 0, 10))).toEqual(['not applicable', 'within']);
    expect(levels('Bikes', cell('bike', 9, 0, 99))).toEqual(['not applicable', 'no data']);
    expect(levels('Errors', new TelemetryCell())).toEqual(['no data', 'no data']);
    expect(levels('Memory', cell('user', 100, 0, 1))).toEqual([]);
  });

  it('lies where its own number is between the limits, for any number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (calls, share) => {
          const errors = Math.round(calls * share);
          const rate = errors / calls;
          const [level] = levels('Errors', cell('user', calls, errors, 10));
          expect(level).toBe(rate > 0.05 ? 'red' : rate >= 0.01 ? 'yellow' : 'within');
        },
      ),
    );
    expect(levels('Bikes', cell('bike', 100, 0, 12))[1]).toBe('yellow');
    expect(levels('Bikes', cell('bike', 100, 0, 20))[1]).toBe('red');
  });
});
