import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { PlanInput, StepInput } from '../plan/index.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { next } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { activeRun, emptyState, type State } from './state.ts';

const by = { actor: 'ana', reason: 'fixed' };

const stages = (repositories: readonly string[]): readonly StepInput[] =>
  [10, 50].flatMap((exposure): readonly StepInput[] => [
    { kind: 'expose', exposure, of: 'traffic', repositories },
    { kind: 'hold', for: '1h' },
  ]);

const input: PlanInput = {
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, bike: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
  phases: [
    { id: 'user', environment: 'production', steps: stages(['user']) },
    {
      id: 'bike',
      environment: 'production',
      steps: [{ kind: 'command', run: ['true'] }, ...stages(['bike']), { kind: 'command', run: ['true'] }],
    },
  ],
  rollback: { budget: '1m' },
};

const { plan, hash } = parsePlan(input);

function append(state: State, events: readonly CutoverEvent[]): State {
  return events.reduce(
    (before, event) => evolve(before, event, { seq: before.seq + 1, at: before.seq + 1, hash: 'h' }),
    state,
  );
}

const ask = (state: State, request: OperatorRequest): State => append(state, requestEvents(state, request));

const pass: Extract<CutoverEvent, { kind: 'gate.looked' }> = {
  kind: 'gate.looked',
  gate: 'matrix',
  verdict: 'pass',
  action: null,
  investigate: [],
  rows: [],
  observedMs: 3_600_000,
  waitedMs: 3_600_000,
  knownErrors: [],
  newErrors: [],
  counters: {},
  telemetryId: 0,
};

/** One turn in which everything goes well. */
function turn(state: State): State {
  const epoch = state.routing?.epoch ?? 0;
  const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
  const instances = [{ instance: 'i', liveness: 'live', status }] as const;
  const tick = { now: 0, instances, rollbackElapsedMs: 1, captureElapsedMs: 0, effectRunning: true };
  const events = next(state, tick);
  if (events.length > 0) return append(state, events);
  const effect = activeRun(state)?.step.effect;
  if (effect?.status === 'started') {
    const { key, attempt } = effect;
    return append(state, [{ kind: 'effect.finished', key, attempt, ok: true, output: '', tookMs: 1 }]);
  }
  return append(state, next(state, { ...tick, look: pass }));
}

function until(state: State, isThere: (state: State) => boolean): State {
  let now = state;
  for (let turns = 0; !isThere(now); turns += 1) {
    if (turns > 200) throw new Error(`never there: ${JSON.stringify(activeRun(now)?.position)}`);
    now = turn(now);
  }
  return now;
}

const at =
  (phase: string, step: string) =>
  (state: State): boolean =>
    state.run?.position?.phase === phase && state.run.position.step === step && !state.run.step.done;
const exposures = ({ routing }: State) => [
  routing?.repositories['user']?.exposure,
  routing?.repositories['bike']?.exposure,
];

function begun(of = plan, planHash = hash): State {
  const registered = append(emptyState('swap/production'), [
    { kind: 'migration.registered', registration: registrationOf(of, 'production') },
  ]);
  const run = { run: 'r', plan: of, planHash, timeScale: 1, evidence: null, ...by };
  return append(registered, [{ kind: 'run.started', ...run }]);
}

/** The repository back alone, verified, lifted, and the run going on. */
function takenBack(state: State, repository: string, lift: boolean): State {
  const back = ask(state, { kind: 'rollback', repositories: [repository], mode: 'drain', ...by });
  const verified = until(back, ({ rollback }) => rollback?.done !== null);
  const lifted = lift ? ask(verified, { kind: 'resume', repositories: [repository], ...by }) : verified;
  return ask(lifted, { kind: 'resume', repositories: null, ...by });
}

describe('a phase whose repository was taken back alone', () => {
  it('begins again at its first exposure once that is lifted, with effects of their own, and comes to its end', () => {
    const half = until(begun(), at('bike', 'hold-2'));
    expect(exposures(half)).toEqual([5_000, 5_000]);
    const again = takenBack(half, 'bike', true);
    expect(again.run).toMatchObject({ status: 'running', restarts: 1, memory: {} });
    const raised = turn(again);
    expect(raised.run?.position).toEqual({ phase: 'bike', step: 'expose-1' });
    expect(exposures(raised)).toEqual([5_000, 1_000]);
    const last = until(raised, (state) => at('bike', 'command-2')(state) && state.run?.step.effect !== null);
    expect(last.run?.step.effect?.key).toBe('r/bike/command-2/1');
    const over = until(last, ({ run }) => run?.status === 'completed');
    expect(exposures(over)).toEqual([5_000, 5_000]);
  });

  it('goes on without it while it is killed', () => {
    const again = takenBack(until(begun(), at('bike', 'hold-1')), 'bike', false);
    expect(again.run).toMatchObject({ restarts: 0, position: { phase: 'bike', step: 'hold-1' } });
  });

  it('does not begin again for a repository of another phase', () => {
    const again = takenBack(until(begun(), at('bike', 'hold-1')), 'user', true);
    expect(again.run).toMatchObject({ restarts: 0, position: { phase: 'bike', step: 'hold-1' } });
    expect(exposures(again)).toEqual(['unset', 1_000]);
  });

  it('does not begin again for a repository that a later exposure of all has taken over', () => {
    const { plan: wide, hash: of } = parsePlan({
      ...input,
      phases: [
        {
          id: 'all',
          environment: 'production',
          steps: [
            { kind: 'expose', exposure: 10, of: 'traffic', repositories: ['user'] },
            { kind: 'expose', exposure: 25, of: 'traffic' },
            { kind: 'hold', for: '1h' },
          ],
        },
      ],
    });
    const held = until(begun(wide, of), at('all', 'hold-1'));
    const paused = ask(held, { kind: 'pause', ...by });
    expect(requestEvents(paused, { kind: 'resume', repositories: null, ...by })).toMatchObject([
      { kind: 'run.resumed' },
    ]);
  });

  it('is not passed over by advancing: only a resume says what happens to the repository', () => {
    const back = ask(until(begun(), at('bike', 'command-1')), {
      kind: 'rollback',
      repositories: ['user'],
      mode: 'drain',
      ...by,
    });
    const verified = until(back, ({ rollback }) => rollback?.done !== null);
    expect(() => ask(verified, { kind: 'advance', choose: null, retry: false, ...by })).toThrow(
      expect.objectContaining({ code: 'RUN_STATE' }),
    );
  });

  it('is not taken back twice: neither it nor any other, once everything is', () => {
    const all = ask(until(begun(), at('bike', 'hold-1')), {
      kind: 'rollback',
      repositories: null,
      mode: 'drain',
      ...by,
    });
    expect(requestEvents(all, { kind: 'rollback', repositories: ['user'], mode: 'drain', ...by })).toEqual(
      [],
    );
  });
});

describe('a decision to hold on', () => {
  const { plan: held, hash: of } = parsePlan({
    ...input,
    phases: [
      {
        id: 'all',
        environment: 'production',
        steps: [
          { kind: 'expose', exposure: 10, of: 'traffic' },
          { kind: 'hold', for: '1h' },
          { kind: 'hold', for: '2h' },
          { kind: 'decision', question: 'Go on?', options: { yes: 'advance', wait: 'hold' } },
        ],
      },
    ],
  });
  const wait: OperatorRequest = { kind: 'advance', choose: 'wait', retry: false, ...by };
  const skipped = (...names: readonly string[]): State => {
    const left = names.reduce(
      (state, name) => ask(state, { kind: 'skip', name, override: false, ...by }),
      begun(held, of),
    );
    return until(left, at('all', 'decision-1'));
  };

  it('begins the last hold that nobody left out', () => {
    expect(turn(ask(skipped(), wait)).run?.position).toEqual({ phase: 'all', step: 'hold-2' });
    expect(turn(ask(skipped('hold-2'), wait)).run?.position).toEqual({ phase: 'all', step: 'hold-1' });
  });

  it('is refused where every hold was left out, and pauses the run if it was decided before', () => {
    const none = skipped('hold-1', 'hold-2');
    expect(() => ask(none, wait)).toThrow('every hold before decision "decision-1" was left out');
    const decided = append(none, [
      { kind: 'decision.made', choice: 'wait', outcome: 'hold', by: 'person', ...by },
    ]);
    expect(turn(decided).run).toMatchObject({
      status: 'paused',
      paused: { cause: 'decision', reason: expect.stringContaining('every hold before it was left out') },
    });
  });
});

describe('a choice', () => {
  it('is refused where no decision is open: it ends no hold', () => {
    const held = until(begun(), at('bike', 'hold-1'));
    const choose = (choice: string | null): State =>
      ask(held, { kind: 'advance', choose: choice, retry: false, ...by });
    expect(() => choose('yes')).toThrow('no decision is open');
    expect(choose(null).run?.step.done).toBe(true);
  });
});
