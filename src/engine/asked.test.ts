import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { RowMeasure } from '../gate/index.ts';
import { UNSET_FLAG, type FlagState, type RoutingState } from '../route/index.ts';
import { askedOf } from './asked.ts';
import type { InstanceView } from './instances.ts';
import { judgeLook } from './judge-look.ts';

const flag = (more: Partial<FlagState>): FlagState => ({ ...UNSET_FLAG, ...more });
const routing = (more: Partial<RoutingState> = {}): RoutingState => ({
  v: 1,
  migration: 'm',
  environment: 'production',
  epoch: 7,
  salt: 'm',
  failSide: 'control',
  byEnvironment: false,
  global: flag({ exposure: 1_000 }),
  repositories: { user: UNSET_FLAG, order: flag({ exposure: 5_000 }) },
  allow: [],
  deny: [],
  staleAfterMs: 10_000,
  ...more,
});
const view = (instance: string, why: string, applied = 7): InstanceView => ({
  instance,
  liveness: 'live',
  status: {
    v: 1,
    applied,
    acknowledged: applied,
    pins: 0,
    serving: {
      user: { side: 'split', why },
      order: { side: 'split', why: 'repository exposure' },
    },
    notes: [],
  },
});

describe('what is asked of instances', () => {
  it('is the share of each repository whose calls are drawn', () => {
    expect(askedOf(routing(), [])?.shares).toEqual({ user: 0.1, order: 0.5 });
    const others = routing({
      repositories: { user: flag({ exposure: 500, of: 'users' }), order: UNSET_FLAG },
    });
    expect(askedOf(others, [])?.shares).toEqual({ order: 0.1 });
    const killed = routing({ global: flag({ exposure: 0, killed: 'drain' }) });
    expect(askedOf(killed, [])?.shares).toEqual({});
    expect(askedOf(null, [])).toBeNull();
  });

  it('is not asked of one whose environment decides, and nothing is found wrong with it', () => {
    const asked = askedOf(routing(), [view('one', 'global exposure'), view('two', 'environment')]);
    expect(asked?.otherwise).toEqual(new Set(['two']));
    expect(asked?.aside).toEqual([]);
  });

  it.each(['guard', 'local kill', 'stale'])('is not done by one that serves control by its %s', (why) => {
    expect(askedOf(routing(), [view('one', why)])?.aside).toEqual([`one (user by ${why})`]);
    // It has not heard of the state yet, or control is what it is to serve.
    expect(askedOf(routing(), [view('one', why, 6)])?.aside).toEqual([]);
    expect(askedOf(routing(), [{ ...view('one', why), liveness: 'gone' }])?.aside).toEqual([]);
    expect(askedOf(routing({ failSide: 'candidate' }), [view('one', why)])?.aside).toEqual([]);
    expect(askedOf(routing({ global: UNSET_FLAG }), [view('one', why)])?.aside).toEqual([]);
  });
});

describe('a look at calls that are not divided as the exposure says', () => {
  const { plan } = parsePlan({
    id: 'swap',
    title: 'Swap',
    topology: 'same-store',
    repositories: { user: {} },
    environments: { production: {} },
    metrics: { rss: { kind: 'gauge', gauge: 'rss' } },
    matrix: [{ title: 'Memory', metric: 'rss', red: '100MB' }],
    phases: [
      { id: 'one', environment: 'production', steps: [{ kind: 'expose', exposure: 10, of: 'traffic' }] },
    ],
    rollback: { budget: '1m' },
  });
  const judging = {
    plan,
    timeScale: 1,
    memory: {},
    assignment: {},
    position: { phase: 'one', step: 'expose-1' },
    isAnythingExposed: true,
  };
  const measured = (value: number) => (): RowMeasure => ({
    value,
    reference: null,
    referenceKind: null,
    samples: 10,
    referenceSamples: 0,
    ageMs: 0,
  });
  const seen = { drawn: { user: { share: 0.1, candidate: 10, control: 990 } }, left: {}, aside: [] };

  it('does not pass, though every row does; what is red stays red', () => {
    expect(judgeLook(judging, 'matrix', measured(1))).toMatchObject({ verdict: 'pass' });
    expect(judgeLook(judging, 'matrix', measured(1))).not.toHaveProperty('assignment');
    const looked = judgeLook(judging, 'matrix', measured(1), seen);
    expect(looked).toMatchObject({ verdict: 'insufficient', action: null });
    expect(looked.assignment?.findings.map(({ code }) => code)).toEqual(['shares-differ']);
    const even = { ...seen, drawn: { user: { share: 0.1, candidate: 100, control: 900 } } };
    expect(judgeLook(judging, 'matrix', measured(1), even).verdict).toBe('pass');
    const red = { ...judging, memory: { Memory: { beyond: 5 } } };
    expect(judgeLook(red, 'matrix', measured(2e8), seen).verdict).toBe('fail');
  });

  it('goes on from what the run remembers, and begins to stake anew with another exposure', () => {
    const first = judgeLook(judging, 'matrix', measured(1), {
      ...seen,
      drawn: { user: { share: 0.1, candidate: 6, control: 94 } },
    }).assignment?.memory;
    expect(first?.['user']?.stage).toBe('one/expose-1');
    const again = judgeLook({ ...judging, assignment: first ?? {} }, 'matrix', measured(1), seen);
    const fresh = judgeLook(judging, 'matrix', measured(1), seen);
    expect(again.assignment?.memory).not.toEqual(fresh.assignment?.memory);
  });
});
