import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { dueCheck } from './database-check.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { isAt, stepsOf } from './following.ts';
import { next } from './next.ts';
import { requestEvents } from './request.ts';
import { registrationOf } from './start.ts';
import { activeRun, emptyState, type State } from './state.ts';

const DAY = 86_400_000;
const by = { actor: 'ana', reason: 'not needed this time' };

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {} },
  environments: { production: {} },
  databases: { app: { sqlite: 'app.db', check: 'off' } },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  phases: [
    {
      id: 'canary',
      environment: 'production',
      steps: [
        { kind: 'sql', database: 'app', query: 'select 1', expect: 1 },
        { kind: 'expose', exposure: 5, of: 'users', repositories: ['user'] },
        { kind: 'hold', for: '1h' },
        { kind: 'expose', exposure: 10, of: 'users' },
        { kind: 'hold', for: '1h' },
        { kind: 'decision', question: 'On?', options: { on: 'advance' } },
      ],
    },
    {
      id: 'half',
      environment: 'production',
      steps: [
        { kind: 'command', run: ['true'] },
        { kind: 'expose', exposure: 50, of: 'users' },
        { kind: 'gate', gate: 'matrix' },
      ],
    },
    {
      id: 'full',
      environment: 'production',
      steps: [
        { kind: 'expose', exposure: 100, of: 'users' },
        { kind: 'hold', for: '1h' },
      ],
    },
  ],
  rollback: { budget: '1m' },
};
const open = parsePlan(input);
const closed = parsePlan({ ...input, environments: { production: { protected: true } } });
const all = stepsOf(open.plan, 'production');
const NAMES = all.map(({ phase, step }) => `${phase.id}/${step.id}`);

function started(of = open): State {
  const registration = registrationOf(of.plan, 'production');
  const registered = append(emptyState('swap/production'), [{ kind: 'migration.registered', registration }]);
  const start = { run: 'r', plan: of.plan, planHash: of.hash, timeScale: 1, evidence: null, ...by };
  return append(registered, requestEvents(registered, { kind: 'start', ...start }));
}

function append(state: State, events: readonly CutoverEvent[]): State {
  return events.reduce(
    (before, event) => evolve(before, event, { seq: before.seq + 1, at: 0, hash: 'h' }),
    state,
  );
}

function skip(state: State, name: string, override = false): State {
  return append(state, requestEvents(state, { kind: 'skip', name, override, ...by }));
}

const code = (wanted: string): CutoverError => expect.objectContaining({ code: wanted }) as CutoverError;

/** One turn in which everything goes well, and a person decides. */
function turn(state: State): State {
  const epoch = state.routing?.epoch ?? 0;
  const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
  const instances = [{ instance: 'i', liveness: 'live', status }] as const;
  const moment = dueCheck(state);
  const sound =
    moment === null
      ? {}
      : { databases: { kind: 'databases.checked', moment, checks: [], tookMs: 1 } as const };
  const tick = { now: 0, instances, rollbackElapsedMs: 1, effectRunning: true, ...sound };
  const events = next(state, tick);
  if (events.length > 0) return append(state, events);
  const run = activeRun(state);
  const effect = run?.step.effect;
  if (effect?.status === 'started') {
    const { key, attempt } = effect;
    return append(state, [{ kind: 'effect.finished', key, attempt, ok: true, output: '', tookMs: 1 }]);
  }
  if (run?.position?.step.startsWith('decision') === true && !run.step.done)
    return append(state, requestEvents(state, { kind: 'advance', choose: null, retry: false, ...by }));
  return append(state, next(state, { ...tick, look: pass }));
}

const pass: Extract<CutoverEvent, { kind: 'gate.looked' }> = {
  kind: 'gate.looked',
  gate: 'matrix',
  verdict: 'pass',
  action: null,
  investigate: [],
  rows: [],
  observedMs: DAY,
  waitedMs: DAY,
  knownErrors: [],
  newErrors: [],
  counters: {},
  telemetryId: 0,
};

function until(state: State, name: string): State {
  let now = state;
  for (let turns = 0; turns < 200; turns += 1) {
    const { position } = now.run ?? {};
    if (position !== null && position !== undefined && `${position.phase}/${position.step}` === name)
      return now;
    now = turn(now);
  }
  throw new Error(`never came to ${name}`);
}

describe('a step that is left out', () => {
  it('is passed over when its turn comes, and the log says who said so and why', () => {
    const state = skip(started(), 'half/command-1');
    expect(state.run?.skipped).toMatchObject([{ phase: 'half', step: 'command-1', ...by }]);
    const there = until(state, 'half/expose-1');
    expect(there.run?.step.effect).toBeNull();
  });

  it('ends with it where the run stands at it', () => {
    const holding = until(started(), 'canary/hold-1');
    const on = skip(holding, 'canary/hold-1');
    expect(on.run?.step).toMatchObject({ done: true, heldMs: 0 });
    expect(until(on, 'canary/expose-2').routing?.global.exposure).toBe(1_000);
  });

  it('is named by its phase where several have its id, and by the id alone where one has it', () => {
    expect(() => skip(started(), 'hold-1')).toThrow(
      expect.objectContaining({ hint: 'write one of canary/hold-1, full/hold-1' }) as CutoverError,
    );
    expect(skip(started(), 'decision-1').run?.skipped).toMatchObject([{ step: 'decision-1' }]);
    expect(() => skip(started(), 'canary/hodl-1')).toThrow(code('USAGE'));
    expect(() => skip(until(started(), 'half/expose-1'), 'canary/hold-1')).toThrow('is over');
  });

  it('is not left out twice', () => {
    const once = skip(started(), 'decision-1');
    expect(requestEvents(once, { kind: 'skip', name: 'decision-1', override: false, ...by })).toEqual([]);
  });

  it('needs more than a reason in a protected environment, if it exposes, judges or proves something', () => {
    for (const name of ['canary/sql-1', 'canary/hold-1', 'canary/decision-1', 'half/gate-1']) {
      expect(() => skip(started(closed), name), name).toThrow(code('CONFIRMATION_NEEDED'));
      expect(skip(started(closed), name, true).run?.skipped).toHaveLength(1);
    }
    expect(skip(started(closed), 'half/command-1').run?.skipped).toHaveLength(1);
  });

  it('is never an exposure that something still judges, or that no other makes', () => {
    expect(() => skip(started(), 'half/expose-1')).toThrow('half/gate-1 would judge an exposure');
    expect(() => skip(started(), 'canary/expose-1')).toThrow('canary/hold-1 would judge');
    expect(() => skip(started(), 'full/expose-1')).toThrow('full/hold-1 would judge');
    const last = skip(started(), 'full/hold-1');
    expect(() => skip(last, 'full/expose-1')).toThrow('no step behind it exposes as much');
    const gone = skip(skip(started(), 'half/gate-1'), 'half/expose-1');
    expect(gone.run?.skipped.map(({ step }) => step)).toEqual(['gate-1', 'expose-1']);
    expect(() => skip(until(started(), 'canary/expose-1'), 'canary/expose-1')).toThrow('is made');
  });

  it('is nothing while a gate is red, while a person has stopped the run, or while the step runs', () => {
    const holding = until(started(), 'canary/hold-1');
    const red = append(holding, [{ ...pass, verdict: 'fail' }]);
    expect(() => skip(red, 'canary/decision-1')).toThrow('is red');
    const paused = append(holding, requestEvents(holding, { kind: 'pause', ...by }));
    expect(() => skip(paused, 'canary/hold-1')).toThrow('is paused (person)');
    const running = append(until(started(), 'canary/sql-1'), [
      { kind: 'effect.started', key: 'k', attempt: 1 },
    ]);
    expect(() => skip(running, 'canary/sql-1')).toThrow('is running');
  });

  it('is in the plan again once the plan was edited, unless it is over', () => {
    const state = skip(skip(until(started(), 'canary/hold-1'), 'canary/hold-1'), 'half/command-1');
    const accepted = append(state, [
      { kind: 'plan.accepted', plan: open.plan, planHash: 'other', diff: [], ...by },
    ]);
    expect(accepted.run?.skipped.map(({ step }) => step)).toEqual(['hold-1']);
  });

  it('leaves flags such that every look is of the exposure that the plan has for it, and the end is the end', () => {
    const acts = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...NAMES) }, fc.constant('go on')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(acts, (list) => {
        let state = started();
        for (const act of list) {
          if (act === 'go on') state = turn(state);
          else
            try {
              state = skip(state, act);
            } catch (error) {
              expect(error).toBeInstanceOf(CutoverError);
            }
          judged(state);
        }
        for (let turns = 0; turns < 100 && activeRun(state) !== null; turns += 1) {
          state = turn(state);
          judged(state);
        }
        expect(state.run?.status).toBe('completed');
        expect(state.routing?.global.exposure).toBe(10_000);
      }),
      { numRuns: 300 },
    );
  });
});

/** Where the run stands at a step that judges, the exposure is that of the step before it in the whole plan. */
function judged({ run, routing }: State): void {
  const index = all.findIndex((one) => isAt(one, run?.position ?? null));
  const step = all[index]?.step;
  if (step?.kind !== 'hold' && step?.kind !== 'gate') return;
  const made = all.slice(0, index).findLast((one) => one.step.kind === 'expose')?.step;
  if (made?.kind !== 'expose') return;
  const flag = made.repositories === null ? routing?.global : routing?.repositories['user'];
  expect(flag?.exposure).toBe(made.exposure);
}
