import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { sha256 } from '../store/index.ts';
import { toDraft, type CutoverEvent } from './events.ts';
import { evolve, fold, isExposed } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next, type Tick } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { activeRun, emptyState, type RunStatus, type State } from './state.ts';

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' }, complaints: { kind: 'counter', counter: 'complaints' } },
  matrix: [{ title: 'Errors', metric: 'errors', yellow: '0.1%', red: '0.5%' }],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 10, of: 'instances' },
        { kind: 'hold', for: '1h' },
        {
          kind: 'decision',
          question: 'Expand?',
          options: { expand: 'advance', hold: 'hold', back: 'rollback' },
          auto: 'expand',
        },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      steps: [
        { kind: 'command', run: ['true'] },
        { kind: 'shadow', sample: 5 },
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'hold', for: '1h' },
        {
          kind: 'decision',
          question: 'Keep?',
          options: { keep: 'advance', stop: 'pause', back: 'rollback' },
        },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const { plan, hash } = parsePlan(input);
const by = { actor: 'ana', reason: 'test' };

/** What may happen next to a migration, as small numbers that fast-check can shrink. */
type Move =
  | {
      readonly kind: 'tick';
      readonly acknowledged: boolean;
      readonly gone: boolean;
      readonly instances: number;
    }
  | {
      readonly kind: 'look';
      readonly verdict: 'pass' | 'fail' | 'insufficient' | 'stale';
      readonly observedMs: number;
    }
  | { readonly kind: 'effect'; readonly ok: boolean; readonly crash: boolean }
  | { readonly kind: 'request'; readonly request: OperatorRequest };

const requests: readonly OperatorRequest[] = [
  { kind: 'start', run: 'r', plan, planHash: hash, timeScale: 1, evidence: null, ...by },
  { kind: 'pause', ...by },
  { kind: 'resume', repositories: null, ...by },
  { kind: 'resume', repositories: ['user'], ...by },
  { kind: 'advance', choose: null, retry: false, ...by },
  { kind: 'advance', choose: null, retry: true, ...by },
  { kind: 'advance', choose: 'hold', retry: false, ...by },
  { kind: 'advance', choose: 'stop', retry: false, ...by },
  { kind: 'advance', choose: 'back', retry: false, ...by },
  { kind: 'override', ...by },
  { kind: 'skip', name: 'canary/hold-1', override: false, ...by },
  { kind: 'skip', name: 'canary/decision-1', override: false, ...by },
  { kind: 'skip', name: 'full/command-1', override: false, ...by },
  { kind: 'skip', name: 'canary/expose-1', override: false, ...by },
  { kind: 'rollback', repositories: null, mode: 'drain', ...by },
  { kind: 'rollback', repositories: ['user'], mode: 'hard', ...by },
  { kind: 'count', counter: 'complaints', count: 1, ...by },
  { kind: 'set-flag', flag: 'swap', value: false, ...by },
  { kind: 'set-flag', flag: 'swap_user', value: false, ...by },
  { kind: 'set-flag', flag: 'swap_user', value: 5, ...by },
];

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      acknowledged: fc.boolean(),
      gone: fc.boolean(),
      instances: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      verdict: fc.constantFrom('pass', 'pass', 'pass', 'pass', 'fail', 'insufficient', 'stale'),
      observedMs: fc.constantFrom(0, 1_800_000, 3_600_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('effect' as const), ok: fc.boolean(), crash: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...requests).map((request) => ({ kind: 'request' as const, request })),
  },
);

const ALLOWED: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  running: ['running', 'paused', 'rolling-back', 'completed'],
  paused: ['paused', 'running', 'rolling-back'],
  'rolling-back': ['rolling-back', 'rolled-back'],
  'rolled-back': ['rolled-back'],
  completed: ['completed'],
};

/** A migration driven without a store: the log is an array, and every event is checked as it is appended. */
class Model {
  state: State = emptyState('swap/production');
  readonly log: CutoverEvent[] = [];
  instances: readonly InstanceView[] = [];

  append(events: readonly CutoverEvent[]): void {
    for (const event of events) {
      const before = this.state;
      this.state = evolve(before, event, meta(before.seq + 1));
      this.log.push(event);
      check(before, event, this.state);
    }
  }

  tick(tick: Tick): void {
    let first = true;
    for (let i = 0; i < 50; i += 1) {
      const { look: _, effect: __, ...rest } = tick;
      const events = next(this.state, first ? tick : rest);
      if (events.length === 0) return;
      if (events.includes(tick.look as CutoverEvent) || events.includes(tick.effect as CutoverEvent))
        first = false;
      this.append(events);
    }
    throw new Error('next() never comes to rest');
  }

  move(move: Move): void {
    switch (move.kind) {
      case 'tick':
        // Twice: what an epoch raised by the first asks for is acknowledged by the second.
        for (let turn = 0; turn < 2; turn += 1) {
          this.instances = views(move, this.state);
          this.tick({ now: 0, instances: this.instances, rollbackElapsedMs: 10, effectRunning: true });
        }
        return;
      case 'look':
        return this.tick({
          now: 0,
          instances: this.instances,
          rollbackElapsedMs: 10,
          effectRunning: true,
          look: look(move.verdict, move.observedMs),
        });
      case 'effect':
        return this.effect(move);
      case 'request':
        return this.request(move.request);
    }
  }

  effect({ ok, crash }: { readonly ok: boolean; readonly crash: boolean }): void {
    const effect = this.state.run?.step.effect;
    if (effect === null || effect === undefined || effect.status !== 'started') return;
    const base = { now: 0, instances: this.instances, rollbackElapsedMs: 1 };
    if (crash) return this.tick({ ...base, effectRunning: false });
    const { key, attempt } = effect;
    this.tick({
      ...base,
      effectRunning: true,
      effect: { kind: 'effect.finished', key, attempt, ok, output: '', tookMs: 1 },
    });
  }

  request(request: OperatorRequest): void {
    try {
      this.append(requestEvents(this.state, request));
    } catch (error) {
      expect(error).toBeInstanceOf(CutoverError);
    }
  }
}

function meta(seq: number) {
  return { seq, at: seq * 1_000, hash: `h${seq}` };
}

function views(
  of: {
    readonly acknowledged: boolean;
    readonly gone: boolean;
    readonly instances: number;
  },
  { routing }: State,
): InstanceView[] {
  return Array.from({ length: of.instances }, (_, index) => ({
    instance: `i${index}`,
    liveness: of.gone && index === 0 ? 'gone' : 'live',
    status: {
      v: 1,
      applied: 0,
      acknowledged: of.acknowledged ? (routing?.epoch ?? 0) : 0,
      pins: 0,
      serving: {},
      notes: [],
    },
  }));
}

function look(
  verdict: 'pass' | 'fail' | 'insufficient' | 'stale',
  observedMs: number,
): Extract<CutoverEvent, { kind: 'gate.looked' }> {
  return {
    kind: 'gate.looked',
    gate: 'matrix',
    verdict,
    action: verdict === 'fail' ? 'rollback' : null,
    investigate: [],
    rows: [],
    observedMs,
    waitedMs: observedMs,
    knownErrors: [],
    newErrors: [],
    counters: {},
    telemetryId: 0,
  };
}

function check(before: State, event: CutoverEvent, after: State): void {
  if (before.routing !== null && after.routing !== null) {
    expect(after.routing.epoch).toBeGreaterThanOrEqual(before.routing.epoch);
    if (JSON.stringify({ ...before.routing, epoch: 0 }) !== JSON.stringify({ ...after.routing, epoch: 0 })) {
      expect(after.routing.epoch, `${event.kind} changed what is served without raising the epoch`).toBe(
        before.routing.epoch + 1,
      );
    }
  }
  if (event.kind !== 'run.started' && before.run !== null && after.run !== null) {
    expect(
      ALLOWED[before.run.status],
      `${event.kind}: ${before.run.status} to ${after.run.status}`,
    ).toContain(after.run.status);
  }
  if (event.kind === 'rollback.started') {
    if (event.repositories === null) expect(isExposed(after.routing)).toBe(false);
    for (const name of event.repositories ?? []) expect(after.routing?.repositories[name]?.exposure).toBe(0);
  }
  const isExposing =
    event.kind === 'exposure.set' || event.kind === 'flag.set' || event.kind === 'slots.assigned';
  if (!isExposing && !isExposed(before.routing))
    expect(isExposed(after.routing), `${event.kind} exposed somebody`).toBe(false);
  if (event.kind === 'step.completed' && event.by === null) {
    const step = plan.phases.find(({ id }) => id === event.phase)?.steps.find(({ id }) => id === event.step);
    if (step?.kind === 'hold') {
      expect(before.run?.look?.verdict).toBe('pass');
      expect(before.run?.step.heldMs).toBeGreaterThanOrEqual(step.forMs);
    }
    if (step?.kind === 'command') expect(before.run?.step.effect?.status).toBe('ok');
  }
  if (before.latched && event.kind !== 'kill.lifted')
    expect(after.latched, `${event.kind} unlatched red`).toBe(true);
}

describe('the engine, driven by anything in any order', () => {
  it('keeps its rules: statuses, epochs, exposure, holds, latch', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 60 }), (list) => {
        const model = new Model();
        model.append([{ kind: 'migration.registered', registration: registrationOf(plan, 'production') }]);
        model.request(requests[0] as OperatorRequest);
        for (const move of list) model.move(move);
      }),
      { numRuns: 400 },
    );
  });

  it('folds the same state from the stored log as it reached step by step', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 40 }), (list) => {
        const model = new Model();
        model.append([{ kind: 'migration.registered', registration: registrationOf(plan, 'production') }]);
        model.request(requests[0] as OperatorRequest);
        for (const move of list) model.move(move);
        const stored = model.log.map((event, index) => ({
          ...toDraft(event),
          ...meta(index + 1),
          stream: 's',
          prev: sha256(''),
        }));
        expect(fold(emptyState('swap/production'), JSON.parse(JSON.stringify(stored)))).toEqual(model.state);
      }),
      { numRuns: 200 },
    );
  });

  it('completes when every look passes and every instance acknowledges', () => {
    const model = started();
    for (let i = 0; i < 60 && activeRun(model.state) !== null; i += 1) {
      model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 10 });
      model.move({ kind: 'look', verdict: 'pass', observedMs: 1_800_000 });
      model.move({ kind: 'effect', ok: true, crash: false });
      if (model.state.run?.position?.phase === 'full')
        model.request({ kind: 'advance', choose: 'keep', retry: false, ...by });
    }
    expect(model.state.run?.status).toBe('completed');
    expect(model.state.routing?.global).toMatchObject({ exposure: 10_000, of: 'instances' });
    expect(model.state.routing?.global.instances).toHaveLength(10);
  });

  it('never advances a hold on looks that are insufficient or stale, however long it is observed', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 10 });
    for (let i = 0; i < 20; i += 1) {
      model.move({ kind: 'look', verdict: i % 2 === 0 ? 'insufficient' : 'stale', observedMs: 3_600_000 });
    }
    expect(model.state.run?.position).toEqual({ phase: 'canary', step: 'hold-1' });
  });

  it('asks a person about a hold that cannot end, and again as long after a person let it go on', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 3 });
    const hours = 73;
    const wait = () => {
      let asked = 0;
      for (; model.state.run?.status === 'running'; asked += 1)
        model.move({ kind: 'look', verdict: 'insufficient', observedMs: 3_600_000 });
      return asked;
    };
    expect(wait()).toBe(hours);
    expect(model.state.run?.paused).toMatchObject({ cause: 'held too long' });
    model.request({ kind: 'resume', repositories: null, ...by });
    expect(wait()).toBe(hours);
    model.move({ kind: 'look', verdict: 'fail', observedMs: 0 });
    expect(model.state.run?.status).toBe('rolling-back');
  });

  it('takes back at once what a person decided to take back, with no controller there', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 3 });
    for (let look = 0; model.state.run?.position?.step !== 'decision-1'; look += 1) {
      expect(look).toBeLessThan(10);
      model.move({ kind: 'look', verdict: look < 3 ? 'pass' : 'insufficient', observedMs: 1_800_000 });
    }
    model.request({ kind: 'advance', choose: 'back', retry: false, ...by });
    expect(isExposed(model.state.routing)).toBe(false);
  });

  it('counts no acknowledgement of an epoch that the store never had, nor of who still serves the candidate', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 3 });
    model.request({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
    const epoch = model.state.routing?.epoch ?? 0;
    const answer = (acknowledged: number, side: 'control' | 'candidate') => {
      const status = {
        v: 1,
        applied: epoch,
        acknowledged,
        pins: 0,
        serving: { user: { side, why: '' } },
        notes: [],
      } as const;
      model.tick({
        now: 0,
        instances: [{ instance: 'i', liveness: 'live', status }],
        rollbackElapsedMs: 10,
        effectRunning: true,
      });
      return model.state.rollback?.done ?? null;
    };
    expect(answer(epoch + 1, 'control')).toBeNull();
    expect(answer(epoch, 'candidate')).toBeNull();
    expect(answer(epoch, 'control')).not.toBeNull();
  });

  it('asks a person where taking back loses what was written since', () => {
    const phases = input.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.filter(({ kind }) => kind !== 'shadow'),
    }));
    const twoStores = parsePlan({ ...input, topology: 'two-store', phases });
    const model = new Model();
    model.append([{ kind: 'migration.registered', registration: registrationOf(plan, 'production') }]);
    const start = { ...(requests[0] as OperatorRequest), plan: twoStores.plan } as OperatorRequest;
    model.request(start);
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 3 });
    model.move({ kind: 'look', verdict: 'fail', observedMs: 0 });
    expect(model.state.run).toMatchObject({ status: 'paused', paused: { cause: 'red' } });
    expect(model.state.run?.paused?.reason).toContain('would lose');
    model.request({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
    expect(isExposed(model.state.routing)).toBe(false);
  });

  it('takes a paused run back when it turns red', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 10 });
    model.request({ kind: 'pause', ...by });
    model.instances = views({ acknowledged: false, gone: false, instances: 2 }, model.state);
    model.move({ kind: 'look', verdict: 'fail', observedMs: 0 });
    expect(model.state.run?.status).toBe('rolling-back');
    model.move({ kind: 'tick', acknowledged: false, gone: false, instances: 2 });
    expect(model.state.run?.status).toBe('rolling-back');
    model.move({ kind: 'tick', acknowledged: true, gone: true, instances: 2 });
    expect(model.state.run?.status).toBe('rolled-back');
    expect(model.state.rollback?.done?.instances).toEqual([
      { instance: 'i0', how: 'acknowledged' },
      { instance: 'i1', how: 'acknowledged' },
    ]);
  });

  it('asks a person after a crash that hid the outcome of a step, and does not run it again', () => {
    const model = started();
    model.move({ kind: 'tick', acknowledged: true, gone: false, instances: 3 });
    model.move({ kind: 'look', verdict: 'pass', observedMs: 3_600_000 });
    model.move({ kind: 'look', verdict: 'pass', observedMs: 3_600_000 });
    expect(model.state.run?.step.effect).toMatchObject({ status: 'started', attempt: 1 });
    model.move({ kind: 'effect', ok: true, crash: true });
    expect(model.state.run?.paused?.cause).toBe('step outcome unknown');
    expect(() => requestEvents(model.state, { kind: 'resume', repositories: null, ...by })).toThrow(
      /may have run/,
    );
    model.request({ kind: 'advance', choose: null, retry: false, ...by });
    expect(model.state.run?.step.done).toBe(true);
    expect(model.log.filter(({ kind }) => kind === 'effect.started')).toHaveLength(1);
  });
});

function started(): Model {
  const model = new Model();
  model.append([{ kind: 'migration.registered', registration: registrationOf(plan, 'production') }]);
  model.request(requests[0] as OperatorRequest);
  return model;
}
