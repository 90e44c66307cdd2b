import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import { confirmRows, pendingConfirm, type ConfirmLook } from './confirm.ts';
import type { CutoverEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { next } from './next.ts';
import { requestEvents } from './request.ts';
import { registrationOf } from './start.ts';
import { emptyState, type State } from './state.ts';

const by = { actor: 'ana', reason: 'test' };
const FOR = 60_000;
const { plan, hash } = parsePlan({
  id: 'swap',
  title: 'Swap',
  topology: 'same-store',
  repositories: { user: {}, order: {} },
  environments: { production: {} },
  metrics: {
    errors: { kind: 'errorRate' },
    orders: { kind: 'errorRate', repositories: ['order'] },
    heap: { kind: 'gauge', gauge: 'heap' },
  },
  matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
  checklists: { after: ['users were told', 'the cause has a ticket'] },
  phases: [
    { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 100, of: 'traffic' }] },
  ],
  rollback: {
    budget: '1m',
    checklist: 'after',
    confirm: {
      rows: [
        { title: 'Errors', metric: 'errors', red: '1%' },
        { title: 'Orders', metric: 'orders', red: '1%' },
        { title: 'Heap', metric: 'heap', red: '200MB' },
      ],
      for: '1m',
      within: '5m',
    },
  },
});

function folded(state: State, ...events: readonly CutoverEvent[]): State {
  return events.reduce((now, event) => {
    const seq = now.seq + 1;
    return evolve(now, event, { seq, at: seq * 1_000, hash: 'h' });
  }, state);
}

/** A run that was taken back, verified. */
function takenBack(repositories: readonly string[] | null = null, timeScale = 1): State {
  const running = folded(
    emptyState('swap/production'),
    { kind: 'migration.registered', registration: registrationOf(plan, 'production') },
    { kind: 'run.started', run: 'r', plan, planHash: hash, timeScale, evidence: null, ...by },
    { kind: 'item.checked', checklist: 'after', item: 'users were told', ...by },
  );
  const back = folded(
    running,
    ...requestEvents(running, { kind: 'rollback', repositories, mode: 'drain', ...by }),
  );
  return folded(back, {
    kind: 'rollback.acknowledged',
    epoch: back.rollback?.epoch ?? 0,
    tookMs: 5,
    withinBudget: true,
    instances: [],
  });
}

function look(verdict: ConfirmLook['verdict'], ms: number, colour: 'green' | 'red' | 'none'): ConfirmLook {
  const measure = {
    value: 0,
    samples: 1,
    ageMs: 0,
    reference: null,
    referenceKind: null,
    referenceSamples: 0,
  };
  const memory = { beyond: 0 };
  const row = {
    title: 'Errors',
    measure,
    verdict,
    colour,
    compared: 0,
    reason: '3 % > 1 %',
    memory,
  } as const;
  return { kind: 'confirm.looked', verdict, rows: [row], observedMs: ms, waitedMs: ms };
}

/** Looks until there is an outcome. */
function play(state: State, looks: readonly ConfirmLook[]): State {
  let now = state;
  for (const confirmLook of [...looks, undefined]) {
    for (;;) {
      const tick = { now: 0, instances: [], rollbackElapsedMs: 0, effectRunning: false };
      const [event] = next(now, tick);
      if (event === undefined) break;
      now = folded(now, event);
    }
    const more = { now: 0, instances: [], rollbackElapsedMs: 0, effectRunning: false };
    now = folded(now, ...next(now, confirmLook === undefined ? more : { ...more, confirmLook }));
  }
  return now;
}

const lift = (state: State, more: { repositories?: readonly string[]; unresolved?: boolean } = {}) =>
  requestEvents(state, { kind: 'resume', repositories: null, ...more, ...by });

describe('whether a rollback has ended the trouble', () => {
  it('is so exactly when control was green for long enough without a break, in the time there is', () => {
    const looks = fc.array(fc.record({ green: fc.boolean(), ms: fc.constantFrom(10_000, 20_000, 40_000) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(looks, (list) => {
        const state = play(
          takenBack(),
          list.map(({ green, ms }) => look(green ? 'pass' : 'fail', ms, green ? 'green' : 'red')),
        );
        let held = 0;
        let waited = 0;
        let expected: string | undefined;
        for (const [index, { green, ms }] of list.entries()) {
          if (expected !== undefined) break;
          // The time before the first green look was not seen to be green.
          held = green && list[index - 1]?.green === true ? held + ms : 0;
          waited += ms;
          if (green && held >= FOR) expected = 'resolved';
          else if (waited >= 5 * FOR) expected = 'not resolved';
        }
        expect(state.rollback?.confirm?.outcome?.outcome).toBe(expected);
      }),
    );
  });

  it('has the time for a few windows on a faster clock, which cannot be divided', () => {
    // A minute is 4 ms here, and a window 4 s.
    const fast = (...looks: readonly ConfirmLook[]) =>
      play(takenBack(null, 14_400), looks).rollback?.confirm?.outcome?.outcome;
    const none = look('insufficient', 4_000, 'none');
    const green = look('pass', 1_000, 'green');
    expect(fast(none, none)).toBeUndefined();
    expect(fast(none, none, green, green)).toBe('resolved');
    expect(fast(none, none, none, none)).toBe('not known');
  });

  it('is not known where too little was measured, and says of what', () => {
    const state = play(
      takenBack(),
      Array.from({ length: 5 }, () => look('insufficient', FOR, 'none')),
    );
    expect(state.rollback?.confirm?.outcome).toMatchObject({
      outcome: 'not known',
      reason: 'Errors: 3 % > 1 %',
    });
  });

  it('is asked of the repositories that were taken back alone', () => {
    expect(confirmRows(plan, null).map(({ row }) => row.title)).toEqual(['Errors', 'Orders', 'Heap']);
    const ofUser = confirmRows(plan, ['user']);
    expect(ofUser.map(({ row }) => row.title)).toEqual(['Errors', 'Heap']);
    expect(ofUser[0]?.metric).toMatchObject({ repositories: ['user'] });
    expect(pendingConfirm(takenBack(['user']))).not.toBeNull();
  });

  const checked = (state: State): State =>
    folded(state, ...requestEvents(state, { kind: 'check', plan, checklist: 'after', items: null, ...by }));

  it('keeps what was taken back from being lifted, unless a person says that it is not over', () => {
    const pending = checked(takenBack());
    expect(() => lift(pending)).toThrow(/still looked at/);
    const bad = play(
      pending,
      Array.from({ length: 5 }, () => look('fail', FOR, 'red')),
    );
    expect(() => lift(bad)).toThrow('the trouble is not over: Errors: 3 % > 1 %');
    expect(lift(bad, { unresolved: true })).toMatchObject([{ kind: 'kill.lifted' }]);
    const lifted = folded(pending, ...lift(pending, { unresolved: true }));
    expect(pendingConfirm(lifted)).toBeNull();
    const good = play(
      pending,
      Array.from({ length: 4 }, () => look('pass', FOR / 2, 'green')),
    );
    expect(lift(good)).toMatchObject([{ kind: 'kill.lifted' }]);
  });

  it('keeps a run from going on past the repository that was taken back', () => {
    const one = checked(takenBack(['user']));
    expect(one.run?.status).toBe('paused');
    expect(() => lift(one)).toThrow(/still looked at/);
    expect(() => lift(one, { repositories: ['user'] })).toThrow(/still looked at/);
    expect(lift(one, { unresolved: true })).toMatchObject([{ kind: 'run.resumed' }]);
  });
});

describe('the checklist for rollbacks', () => {
  it('is open again after each of them, and nothing is lifted before it is confirmed', () => {
    const state = takenBack();
    expect(() => lift(state, { unresolved: true })).toThrow(
      '2 of checklist "after" are not confirmed since the rollback: users were told, the cause has a ticket',
    );
  });
});
