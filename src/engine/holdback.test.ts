import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { bucket, compileRoute, decide, type RoutingState, type Side } from '../route/index.ts';
import { controlGroupTexts, groupsToSay } from './control-group.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next } from './next.ts';
import { requestEvents } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const REPOSITORIES = ['user', 'order', 'item'];
const by = { actor: 'ana', reason: 'test' };

function planOf(exposures: readonly number[], holdback: number, salt: string) {
  const expose = (exposure: number, more: object = {}) =>
    ({ kind: 'expose', exposure, of: 'users', ...more }) as const;
  const input: PlanInput = {
    id: 'swap',
    title: 'Swap',
    topology: 'same-store',
    salt,
    repositories: Object.fromEntries(REPOSITORIES.map((name) => [name, {}])),
    environments: { production: {} },
    metrics: { errors: { kind: 'errorRate' } },
    matrix: [{ title: 'Errors', metric: 'errors', red: '0.5%' }],
    phases: [
      {
        id: 'rise',
        environment: 'production',
        steps: [
          ...exposures.map((exposure) => expose(exposure)),
          // One repository before the others: its control group is theirs.
          expose(100, { holdback, repositories: ['order'] }),
          expose(100, { holdback }),
          expose(100),
        ],
      },
    ],
    rollback: { budget: '1m' },
  };
  return parsePlan(input);
}

function append(state: State, events: readonly CutoverEvent[]): State {
  return events.reduce(
    (before, event) => evolve(before, event, { seq: before.seq + 1, at: 0, hash: 'h' }),
    state,
  );
}

function view(state: State): InstanceView {
  const epoch = state.routing?.epoch ?? 0;
  const status = { v: 1, applied: epoch, acknowledged: epoch, pins: 0, serving: {}, notes: [] } as const;
  return { instance: 'one', liveness: 'live', status };
}

/** Every routing state of a run, from the first exposure to its end. */
function played({ plan, hash }: ReturnType<typeof planOf>): readonly State[] {
  const registration = registrationOf(plan, 'production');
  let state = append(emptyState('swap/production'), [{ kind: 'migration.registered', registration }]);
  const start = {
    kind: 'start',
    run: 'r',
    plan,
    planHash: hash,
    timeScale: 1,
    evidence: null,
    ...by,
  } as const;
  state = append(state, requestEvents(state, start));
  const states: State[] = [];
  for (;;) {
    const events = next(state, {
      now: 0,
      instances: [view(state)],
      rollbackElapsedMs: 0,
      effectRunning: false,
    });
    if (events.length === 0) return states;
    for (const event of events) {
      state = append(state, [event]);
      if (event.kind === 'exposure.set') states.push(state);
    }
  }
}

const LOCAL = {
  instance: 'one',
  override: { repository: undefined, global: undefined },
  guardTripped: false,
  localKill: false,
  stale: false,
};

function sides(routing: RoutingState | null, key: string): readonly Side[] {
  if (routing === null) throw new Error('nothing is registered');
  return REPOSITORIES.map((repository) => {
    const call = { key, pinned: undefined, random: () => 0 };
    const { side } = decide(routing, repository, LOCAL, call);
    const compiled = compileRoute(routing, repository, LOCAL);
    expect(compiled.fixed ?? compiled.side(key, () => 0)).toBe(side);
    return side;
  });
}

const percents = fc.integer({ min: 1, max: 50 });
const plans = fc.record({
  exposures: fc
    .array(fc.integer({ min: 1, max: 50 }), { maxLength: 4 })
    .map((all) => all.toSorted((a, b) => a - b)),
  holdback: percents,
  salt: fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text),
  keys: fc.array(fc.string(), { minLength: 1, maxLength: 30 }),
});

describe('a holdback', () => {
  it('keeps the same keys on control in every repository, and moves nobody back on the way to it or from it', () => {
    fc.assert(
      fc.property(plans, ({ exposures, holdback, salt, keys }) => {
        const states = played(planOf(exposures, holdback, salt));
        const [released, held] = [states.at(-1), states.at(-2)];
        for (const key of keys) {
          const path = states.map(({ routing }) => sides(routing, key));
          for (const [index, after] of path.entries())
            for (const [at, side] of (path[index - 1] ?? []).entries())
              if (side === 'candidate') expect(after[at]).toBe('candidate');
          const isHeld = bucket(salt, key) >= 10_000 - holdback * 100;
          expect(sides(held?.routing ?? null, key)).toEqual(
            REPOSITORIES.map(() => (isHeld ? 'control' : 'candidate')),
          );
          expect(sides(released?.routing ?? null, key)).toEqual(REPOSITORIES.map(() => 'candidate'));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is released by a step of its own, with its own epoch, and only then the run is over', () => {
    const states = played(planOf([10], 1, 's'));
    const end = states.at(-1);
    expect(states.map(({ routing }) => [routing?.global.exposure, routing?.global.holdback])).toEqual([
      [1_000, undefined],
      [1_000, undefined],
      [9_900, 100],
      [10_000, undefined],
    ]);
    expect(states[1]?.routing?.repositories['order']).toMatchObject({ exposure: 9_900, holdback: 100 });
    expect(end?.routing?.repositories['order']?.exposure).toBe('unset');
    expect(new Set(states.map(({ routing }) => routing?.epoch)).size).toBe(states.length);
    expect(() => played(planOf([10], 60, 's'))).toThrow('60 is outside 0.01..50');
  });

  it('changes nothing about the way back: whoever is held back or not is on control, and nothing is held back any more', () => {
    const held = played(planOf([], 5, 's')).at(-2);
    if (held === undefined) throw new Error('nothing was held back');
    const back = append(
      held,
      requestEvents(held, { kind: 'rollback', repositories: null, mode: 'drain', ...by }),
    );
    expect(back.routing?.global).toMatchObject({ exposure: 0, killed: 'drain' });
    expect(back.routing?.global).not.toHaveProperty('holdback');
    for (const key of ['a', 'b', 'c']) expect(sides(back.routing, key)).not.toContain('candidate');
  });

  it('cannot be left in place by leaving its release out', () => {
    const held = played(planOf([], 5, 's')).at(-2);
    if (held === undefined) throw new Error('nothing was held back');
    const leave = () => requestEvents(held, { kind: 'skip', name: 'rise/expose-3', override: false, ...by });
    expect(leave).toThrow('rise/expose-3 cannot be left out');
  });
});

describe('the control group of a full exposure', () => {
  const states = played(planOf([10], 1, 's'));
  const texts = (state: State | undefined): readonly string[] =>
    controlGroupTexts(groupsToSay(state?.routing ?? null).controlGroups ?? {});

  it('is not worth a word while control serves the rest', () => {
    expect(texts(states[0])).toEqual([]);
    expect(groupsToSay(states[0]?.routing ?? null)).toEqual({});
  });

  it('is named where one repository has it and others do not', () => {
    expect(texts(states[1])).toEqual(['Control group of order: 1 % held back.']);
    expect(texts(states[2])).toEqual(['Control group: 1 % held back.']);
  });

  it('is missing once everything is released, and the reverse shadow takes its place where there is one', () => {
    expect(texts(states[3])).toEqual([
      'No control group: control serves nobody. Rows against control use control as last seen, or the baseline: weaker evidence.',
    ]);
    const end = states[3];
    if (end === undefined) throw new Error('not released');
    const shadowed = append(end, [{ kind: 'shadow.set', sample: 500, repositories: ['user'] }]);
    expect(texts(shadowed)).toEqual([
      expect.stringMatching(/^Control group of user: the shadow asks control behind 5 % of reads/),
      expect.stringMatching(/^No control group of order, item: control serves nobody/),
    ]);
  });
});
