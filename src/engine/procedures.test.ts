import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { CutoverError } from '../kernel/index.ts';
import type { Plan, PlanInput } from '../plan/index.ts';
import { decide, type Local, type Side } from '../route/index.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

// The ways back that the plans write down, as what a person or a script does, against every rule that could be in
// the way: exposure of the global flag and of each repository, by traffic, by users, by instances, by environment,
// staff on the allow list, requests pinned to the candidate.

const by = { actor: 'ana', reason: 'the plan says so' };
const REPOSITORIES = ['user', 'bike', 'transaction'];
const LOCAL: Local = {
  instance: 'one',
  override: { repository: undefined, global: undefined },
  guardTripped: false,
  localKill: false,
  stale: false,
};

function planOf(
  exposure: Partial<Extract<PlanInput['phases'][number]['steps'][number], { kind: 'expose' }>>,
): Plan {
  return parsePlan({
    id: 'shop',
    title: 'Shop',
    topology: 'same-store',
    flag: { name: 'USE_DRIZZLE', env: 'USE_DRIZZLE' },
    repositories: Object.fromEntries(REPOSITORIES.map((name) => [name, { flag: `drizzle_${name}_repo` }])),
    allow: ['staff'],
    environments: { production: {} },
    metrics: { errors: { kind: 'errorRate' } },
    matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
    phases: [
      {
        id: 'all',
        environment: 'production',
        steps: [{ kind: 'expose', exposure: 100, of: 'users', ...exposure }],
      },
    ],
    rollback: { budget: '1m' },
  }).plan;
}

function apply(state: State, events: readonly CutoverEvent[]): State {
  return events.reduce(
    (before, event) => evolve(before, event, { seq: before.seq + 1, at: 0, hash: 'h' }),
    state,
  );
}

const ask = (state: State, request: OperatorRequest): State => apply(state, requestEvents(state, request));

/** A migration that is exposed: the global flag by a step, some repositories by their own flags. */
function exposed(plan: Plan, of: 'traffic' | 'users' | 'instances', own: readonly string[]): State {
  const registration = registrationOf(plan, 'production');
  const registered = ask(emptyState('shop/production'), { kind: 'register', registration });
  const raise = (repositories: readonly string[] | null): CutoverEvent => ({
    kind: 'exposure.set',
    exposure: 10_000,
    of,
    repositories: repositories === null ? null : [...repositories],
    byEnvironment: false,
    slots: ['one'],
    pointOfNoReturn: false,
  });
  return apply(registered, [raise(null), ...(own.length === 0 ? [] : [raise(own)])]);
}

function sides(state: State, local: Partial<Local> = {}, pinned?: Side): Readonly<Record<string, Side>> {
  const routing = state.routing ?? undefined;
  return Object.fromEntries(
    REPOSITORIES.map((name) => {
      const call = { key: 'staff', pinned, random: () => 0 };
      return [name, decide(routing, name, { ...LOCAL, ...local }, call).side];
    }),
  );
}

const all = (side: Side) => Object.fromEntries(REPOSITORIES.map((name) => [name, side]));
const flag = (name: string): OperatorRequest => ({ kind: 'set-flag', flag: name, value: false, ...by });
const units = fc.constantFrom('traffic' as const, 'users' as const, 'instances' as const);
const someRepositories = fc.subarray(REPOSITORIES);

describe('the rollback procedures of the plans', () => {
  it('raw SQL to Drizzle: the environment variable is set to false, and the instance is restarted', () => {
    fc.assert(
      fc.property(units, someRepositories, (of, own) => {
        const state = exposed(planOf({}), of, own);
        expect(sides(state)).toEqual(all('candidate'));
        expect(sides(state, { override: { repository: undefined, global: false } })).toEqual(all('control'));
      }),
    );
  });

  it('raw SQL to Drizzle: the variable is unset where it was what turned the instance on', () => {
    const registration = registrationOf(planOf({ by: 'environment', of: 'instances' }), 'production');
    const registered = ask(emptyState('shop/production'), { kind: 'register', registration });
    const state = apply(registered, [
      {
        kind: 'exposure.set',
        exposure: 0,
        of: 'instances',
        repositories: null,
        byEnvironment: true,
        slots: [],
        pointOfNoReturn: false,
      },
    ]);
    const call = { key: undefined, pinned: undefined, random: () => 0 };
    const side = (global: boolean | undefined): Side =>
      decide(
        state.routing ?? undefined,
        'user',
        { ...LOCAL, override: { repository: undefined, global } },
        call,
      ).side;
    expect([side(true), side(undefined), side(false)]).toEqual(['candidate', 'control', 'control']);
  });

  it('Prisma to Drizzle, one repository: its flag is false, the others go on', () => {
    fc.assert(
      fc.property(units, someRepositories, fc.constantFrom(...REPOSITORIES), (of, own, one) => {
        const state = ask(exposed(planOf({}), of, own), flag(`drizzle_${one}_repo`));
        expect(sides(state)).toEqual({ ...all('candidate'), [one]: 'control' });
      }),
    );
  });

  it('Prisma to Drizzle, everything: the global flag and all others are false, in any order', () => {
    const flags = ['USE_DRIZZLE', ...REPOSITORIES.map((name) => `drizzle_${name}_repo`)];
    fc.assert(
      fc.property(
        units,
        someRepositories,
        fc.shuffledSubarray(flags, { minLength: flags.length }),
        (of, own, order) => {
          const state = order.reduce((before, name) => ask(before, flag(name)), exposed(planOf({}), of, own));
          expect(sides(state)).toEqual(all('control'));
          expect(sides(state, { override: { repository: true, global: true } })).toEqual(all('control'));
        },
      ),
    );
  });

  it('Drizzle rollback, the flag: the global one alone takes every repository', () => {
    fc.assert(
      fc.property(units, someRepositories, (of, own) => {
        expect(sides(ask(exposed(planOf({}), of, own), flag('USE_DRIZZLE')))).toEqual(all('control'));
      }),
    );
  });

  it('nothing can be raised while everything is killed, so that lifting the kill exposes nobody by itself', () => {
    const back = { kind: 'rollback', repositories: null, mode: 'drain', ...by } as const;
    const killed = ask(exposed(planOf({}), 'users', []), back);
    for (const name of ['USE_DRIZZLE', 'drizzle_user_repo'])
      expect(() => requestEvents(killed, { kind: 'set-flag', flag: name, value: 5, ...by })).toThrow(
        expect.objectContaining({ code: 'FLAG_KILLED' }) as CutoverError,
      );
  });

  it('a step for everything leaves no repository at what a person had set for it before', () => {
    const raised = ask(exposed(planOf({}), 'users', []), {
      kind: 'set-flag',
      flag: 'drizzle_user_repo',
      value: 80,
      ...by,
    });
    const state = apply(raised, [
      {
        kind: 'exposure.set',
        exposure: 0,
        of: 'users',
        repositories: null,
        byEnvironment: false,
        slots: [],
        pointOfNoReturn: false,
      },
    ]);
    const call = { key: 'anybody', pinned: undefined, random: () => 0 };
    expect(decide(state.routing ?? undefined, 'user', LOCAL, call).side).toBe('control');
  });

  it('Drizzle rollback, the emergency script: at once, also in the middle of requests', () => {
    const state = exposed(planOf({}), 'users', ['user']);
    const rollback = { kind: 'rollback', repositories: null, ...by } as const;
    expect(sides(ask(state, { ...rollback, mode: 'drain' }), {}, 'candidate')).toEqual(all('candidate'));
    expect(sides(ask(state, { ...rollback, mode: 'hard' }), {}, 'candidate')).toEqual(all('control'));
  });

  it('Azure SQL to PostgreSQL and D1: what a machine can do by itself when nothing else answers', () => {
    const state = exposed(planOf({}), 'traffic', []);
    expect(sides(state, { localKill: true })).toEqual(all('control'));
    expect(sides(state, { stale: true })).toEqual(all('control'));
    expect(sides(state, { guardTripped: true })).toEqual(all('control'));
  });

  it('Azure SQL to PostgreSQL and D1: behind the point of no return a flag takes nothing back', () => {
    const state = apply(exposed(planOf({}), 'users', []), [
      {
        kind: 'exposure.set',
        exposure: 10_000,
        of: 'users',
        repositories: null,
        byEnvironment: false,
        slots: [],
        pointOfNoReturn: true,
      },
    ]);
    for (const request of [
      flag('USE_DRIZZLE'),
      flag('drizzle_user_repo'),
      { kind: 'rollback', repositories: null, mode: 'hard', ...by } as const,
    ])
      expect(() => requestEvents(state, request)).toThrow(
        expect.objectContaining({ code: 'POINT_OF_NO_RETURN' }) as CutoverError,
      );
    expect(sides(state, { stale: true, localKill: true })).toEqual(all('candidate'));
  });
});
