import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { CutoverError } from '../kernel/index.ts';
import { isKilled } from '../route/index.ts';
import type { ConfirmLook } from './confirm.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { next } from './next.ts';
import { requestEvents, type OperatorRequest } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const by = { actor: 'ana', reason: 'test' };
const NAMES = ['user', 'order', 'bike'] as const;
const MINUTE = 60_000;
const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {}, bike: {} },
  environments: { production: {} },
  metrics: { errors: { kind: 'errorRate' }, orders: { kind: 'errorRate', repositories: ['order'] } },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  phases: [
    { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
  ],
  rollback: {
    budget: '1m',
    confirm: {
      rows: [
        { title: 'Errors', metric: 'errors', red: '1%' },
        { title: 'Orders', metric: 'orders', red: '1%' },
      ],
      for: '1m',
      within: '5m',
    },
  },
});

type Move =
  | { readonly kind: 'request'; readonly request: OperatorRequest }
  /** One instance, that serves these by the candidate whatever it acknowledged. */
  | { readonly kind: 'tick'; readonly acknowledges: boolean; readonly serves: readonly string[] }
  | { readonly kind: 'look'; readonly green: boolean };

const some = fc.subarray([...NAMES], { minLength: 1 });
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc
    .record({ repositories: fc.option(some), mode: fc.constantFrom('drain' as const, 'hard' as const) })
    .map((of) => ({ kind: 'request' as const, request: { kind: 'rollback' as const, ...of, ...by } })),
  fc
    .record({ repositories: fc.option(some), unresolved: fc.boolean() })
    .map((of) => ({ kind: 'request' as const, request: { kind: 'resume' as const, ...of, ...by } })),
  fc.record({
    kind: fc.constant('tick' as const),
    acknowledges: fc.boolean(),
    serves: fc.subarray([...NAMES], { maxLength: 1 }),
  }),
  fc.record({ kind: fc.constant('look' as const), green: fc.boolean() }),
);

/** What each repository that is taken back has behind it since; nothing that the state has is asked. */
type Known = { isVerified: boolean; isResolved: boolean };

class Model {
  state: State = emptyState('swap/production');
  readonly taken = new Map<string, Known>();
  #serves: readonly string[] = [];

  append(events: readonly CutoverEvent[], isUnresolved = false): void {
    for (const event of events) {
      const seq = this.state.seq + 1;
      this.#check(event, isUnresolved);
      this.state = evolve(this.state, event, { seq, at: seq * 1_000, hash: `h${seq}` });
    }
    const killed = NAMES.filter((name) => this.state.routing && isKilled(this.state.routing, name) !== false);
    expect([...this.taken.keys()].toSorted()).toEqual(killed.toSorted());
  }

  #check(event: CutoverEvent, isUnresolved: boolean): void {
    switch (event.kind) {
      case 'rollback.started':
        for (const name of event.repositories ?? NAMES)
          this.taken.set(name, { isVerified: false, isResolved: false });
        return;
      case 'rollback.acknowledged':
        for (const [name, known] of this.taken) {
          expect(this.#serves, `${name} counts as taken back`).not.toContain(name);
          known.isVerified = true;
        }
        return;
      case 'rollback.confirmed':
        for (const known of this.taken.values()) known.isResolved = event.outcome === 'resolved';
        return;
      case 'kill.lifted':
        this.#checkLifted(event.repositories, isUnresolved);
        return;
      default:
    }
  }

  /** What is lifted while everything is killed stays killed. */
  #checkLifted(repositories: readonly string[] | null, isUnresolved: boolean): void {
    const isAll = this.state.routing?.global.killed !== false;
    for (const name of repositories ?? [...this.taken.keys()]) {
      const known = this.taken.get(name);
      if (known === undefined) continue;
      expect(known.isVerified, `${name} is lifted before it was verified`).toBe(true);
      if (!isUnresolved) expect(known.isResolved, `${name} is lifted in trouble`).toBe(true);
      const flag = this.state.routing?.repositories[name]?.killed;
      if (repositories === null ? flag === false : !isAll) this.taken.delete(name);
    }
  }

  move(move: Move): void {
    switch (move.kind) {
      case 'request':
        return this.request(move.request);
      case 'tick':
        return this.tick(move);
      case 'look':
        return this.look(move.green);
    }
  }

  request(request: OperatorRequest): void {
    try {
      const isUnresolved = request.kind === 'resume' && request.unresolved === true;
      this.append(requestEvents(this.state, request), isUnresolved);
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error;
    }
  }

  tick(of: { readonly acknowledges: boolean; readonly serves: readonly string[] }, look?: ConfirmLook): void {
    this.#serves = of.serves;
    for (let turn = 0; turn < 20; turn += 1) {
      const tick = { now: 0, instances: [this.#view(of)], rollbackElapsedMs: 5, effectRunning: true };
      const events = next(
        this.state,
        turn === 0 && look !== undefined ? { ...tick, confirmLook: look } : tick,
      );
      if (events.length === 0) return;
      this.append(events);
    }
  }

  #view({
    acknowledges,
    serves,
  }: {
    readonly acknowledges: boolean;
    readonly serves: readonly string[];
  }): InstanceView {
    const acknowledged = acknowledges ? (this.state.routing?.epoch ?? 0) : 0;
    const serving = Object.fromEntries(
      NAMES.map((name) => [
        name,
        { side: serves.includes(name) ? 'candidate' : 'control', why: '' } as const,
      ]),
    );
    const status = { v: 1, applied: acknowledged, acknowledged, pins: 0, serving, notes: [] } as const;
    return { instance: 'i', liveness: 'live', status };
  }

  look(isGreen: boolean): void {
    const verdict = isGreen ? 'pass' : 'fail';
    const look = { kind: 'confirm.looked', verdict, rows: [], observedMs: MINUTE, waitedMs: MINUTE } as const;
    this.tick({ acknowledges: false, serves: this.#serves }, look);
  }
}

function begun(): Model {
  const model = new Model();
  const run = { run: 'r', plan, planHash: hash, timeScale: 1, evidence: null, ...by };
  model.append([
    { kind: 'migration.registered', registration: registrationOf(plan, 'production') },
    { kind: 'run.started', ...run },
  ]);
  return model;
}

const back = (...repositories: readonly string[]): OperatorRequest => ({
  kind: 'rollback',
  repositories,
  mode: 'drain',
  ...by,
});
const lift = (...repositories: readonly string[]): OperatorRequest => ({
  kind: 'resume',
  repositories,
  ...by,
});
const QUIET = { acknowledges: true, serves: [] };

describe('rollbacks that meet', () => {
  it('are each verified and confirmed before anything that they took back is lifted', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 40 }), (list) => {
        const model = begun();
        for (const move of list) model.move(move);
        model.tick(QUIET);
        model.look(true);
        model.look(true);
        // Whatever happened, a way out is left.
        const { rollback } = model.state;
        expect(rollback === null || rollback.done !== null).toBe(true);
        if (rollback?.confirm?.outcome?.outcome === 'not resolved' || model.taken.size === 0) return;
        const isAll = model.state.routing?.global.killed !== false;
        const repositories = isAll ? null : [...model.taken.keys()];
        model.append(requestEvents(model.state, { kind: 'resume', repositories, ...by }));
        expect(model.taken.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('wait for an instance that still serves what the first one took back', () => {
    const model = begun();
    model.request(back('user'));
    model.request(back('order'));
    model.tick({ acknowledges: true, serves: ['user'] });
    expect(model.state.rollback).toMatchObject({
      repositories: ['order'],
      covers: ['user', 'order'],
      done: null,
    });
    model.tick(QUIET);
    expect(model.state.rollback?.done).not.toBeNull();
  });

  it('keep the first one from being lifted while nobody knows whether its trouble is over', () => {
    const model = begun();
    model.request(back('user'));
    model.tick(QUIET);
    model.request(back('order'));
    model.tick(QUIET);
    expect(() => requestEvents(model.state, lift('user'))).toThrow(/still looked at/);
    // Who does not wait for one of them leaves the other to be looked at, from its beginning.
    model.look(true);
    model.request({ ...lift('user'), unresolved: true } as OperatorRequest);
    expect(model.state.rollback).toMatchObject({ covers: ['order'], confirm: { heldMs: 0, outcome: null } });
    expect(() => requestEvents(model.state, lift('order'))).toThrow(/still looked at/);
    model.look(true);
    model.look(true);
    expect(requestEvents(model.state, lift('order'))).toMatchObject([{ kind: 'kill.lifted' }]);
  });

  it('stay one of everything when a part is killed again, and end the run', () => {
    const model = begun();
    model.request({ kind: 'rollback', repositories: null, mode: 'drain', ...by });
    model.request({ kind: 'rollback', repositories: ['user'], mode: 'hard', ...by });
    model.tick({ acknowledges: true, serves: ['order'] });
    expect(model.state.rollback).toMatchObject({ repositories: ['user'], covers: null, done: null });
    model.tick(QUIET);
    expect(model.state.run?.status).toBe('rolled-back');
  });
});
