import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceView } from '../../engine/index.ts';
import { noPaint } from '../paint.ts';
import { bad, checkText, ok, warning } from './check.ts';
import { checkClock } from './clock-check.ts';
import { checkFleet } from './fleet.ts';
import { checkHistory } from './history.ts';
import { checkNode } from './node-version.ts';
import { checkOverrides } from './overrides.ts';
import { checkPool } from './pool.ts';

describe('a check as text', () => {
  it('is a line with a mark, and one for what to do', () => {
    expect(checkText(ok('a', 'well'), noPaint)).toBe('✔ a: well');
    expect(checkText(warning('a', 'so', 'look'), noPaint)).toBe('! a: so\n  Fix: look');
    expect(checkText(bad('a', 'no', 'do'), noPaint)).toBe('✖ a: no\n  Fix: do');
  });
});

describe('the version of Node', () => {
  it.each([
    ['20.19.0', 'bad'],
    ['22.17.1', 'bad'],
    ['22.18.0', 'ok'],
    ['23.5.0', 'bad'],
    ['23.6.0', 'ok'],
    ['24.0.0', 'ok'],
    ['26.1.0-nightly', 'ok'],
  ])('%s is %s', (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });
});

describe('history', () => {
  const NOW = 1_800_000_000_000;
  const of = (records: number, since: number | null, next: number | null) =>
    checkHistory(
      {
        historySize: () => Promise.resolve({ records, bytes: 1_250_000, since }),
        historyMark: () => Promise.resolve(undefined),
        telemetry: () => Promise.resolve(next === null ? [] : [{ id: 1, instance: 'a', at: next, body: {} }]),
        now: () => Promise.resolve(NOW),
      },
      'staging',
      'swap/staging',
    );

  it('says how much is kept, how far back, and that nobody folds what is new', async () => {
    expect(await of(0, null, null)).toEqual(ok('history of staging', 'nothing is kept yet'));
    expect(await of(12, NOW - 3 * 86_400_000, NOW - 30_000)).toEqual(
      ok('history of staging', '12 records of 3 days, 1.3 MB'),
    );
    expect((await of(12, NOW - 7_200_000, NOW - 3_600_000)).message).toContain(
      '12 records of 2h, 1.3 MB; nobody folds what was reported 1h ago',
    );
  });
});

describe('connections', () => {
  it.each([
    [9, 10, 100, 'ok'],
    [10, 10, 100, 'bad'],
    [17, 1, 20, 'ok'],
    [18, 1, 20, 'bad'],
    [1, 1, 3, 'bad'],
  ])('%i of %i instances against %i is %s', (size, instances, serverLimit, state) => {
    expect(checkPool({ size, instances, serverLimit }).state).toBe(state);
  });

  it('advises a size that fits, whenever one does', () => {
    const count = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(count, count, count, (size, instances, serverLimit) => {
        const { state, fix } = checkPool({ size, instances, serverLimit });
        const advised = /at most (\d+)/.exec(fix ?? '')?.[1];
        if (advised === undefined) return;
        expect(state).toBe('bad');
        expect(Number(advised)).toBeLessThan(size);
        expect(checkPool({ size: Number(advised), instances, serverLimit }).state).toBe('ok');
        expect(checkPool({ size: Number(advised) + 1, instances, serverLimit }).state).toBe('bad');
      }),
    );
  });
});

describe('the clock', () => {
  it.each([
    [null, 'ok'],
    [1_000, 'ok'],
    [160_000, 'ok'],
    [160_001, 'bad'],
  ])('with the newest event at %s is %s', (newest, state) => {
    expect(checkClock(newest, 100_000).state).toBe(state);
  });
});

describe('environment variables', () => {
  const flag = (env: string | null) => ({ name: 'x', aliases: [], env });
  const plan = { flag: flag('USE_ALL'), repositories: { user: flag('USE_USER'), bike: flag(null) } };

  it.each([
    [{}, ['ok']],
    [{ USE_ALL: '', OTHER: 'maybe' }, ['ok']],
    [{ USE_ALL: 'off' }, ['warning']],
    [{ USE_ALL: 'true', USE_USER: 'maybe' }, ['warning', 'bad']],
  ])('%j', (env, states) => {
    expect(checkOverrides(plan, env).map(({ state }) => state)).toEqual(states);
  });

  it('are none where no flag has one', () => {
    expect(checkOverrides({ flag: flag(null), repositories: {} }, {})).toMatchObject([{ state: 'ok' }]);
  });
});

describe('instances', () => {
  const view = (
    instance: string,
    liveness: InstanceView['liveness'],
    status: Partial<InstanceView['status']> = {},
  ): InstanceView => ({
    instance,
    liveness,
    status: { v: 1, applied: 3, acknowledged: 3, pins: 0, serving: {}, notes: [], ...status },
  });
  const found = (...views: readonly InstanceView[]) =>
    checkFleet('staging', views, 3).map(({ state, message }) => `${state} ${message}`);

  it('are well when all of them report and serve the stored state', () => {
    expect(found(view('a', 'live'), view('b', 'live'))).toEqual(['ok 2 of 2 report']);
    expect(found()).toEqual(['warning none has reported yet']);
  });

  it('are named when they are stale, behind, overridden or killed by a file', () => {
    expect(
      found(
        view('a', 'live', { applied: 2 }),
        view('b', 'unknown', { applied: 1 }),
        view('c', 'live', { notes: ['USE_X=false: control'] }),
        view('d', 'live', { serving: { user: { side: 'control', why: 'local kill' } } }),
      ),
    ).toEqual([
      'ok 3 of 4 report',
      'warning stale, no report while watched: b',
      'warning below epoch 3: a',
      'warning say of themselves: c (USE_X=false: control)',
      'warning with a kill file: d',
    ]);
  });
});
