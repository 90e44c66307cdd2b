import { describe, expect, it } from 'vitest';
import type { ShadowBatch, TelemetryBatch } from '../measure/index.ts';
import type { Metric, Row } from '../plan/index.ts';
import { judgeRow, NO_MEMORY } from './judge.ts';
import { measureRow, type LookContext } from './measure.ts';
import { createWindow, type Window } from './window.ts';

const settings = {
  windowMs: 60_000,
  everyMs: 10_000,
  minSamples: 100,
  maxAgeMs: 10_000,
  warmupMs: 0,
  looks: 3,
};
const RULES = { maxAgeMs: 10_000, alpha: 0.01, needsFine: true };

const context = (more: Partial<LookContext> = {}): LookContext => ({
  now: 5_000,
  settings,
  timeScale: 1,
  frozen: {},
  baseline: {},
  counters: {},
  newErrors: 0,
  stage: { id: 'canary/expose', ofInstances: false },
  counted: 0,
  memory: {},
  ...more,
});
const row = (red: number): Row => ({
  title: 'Row',
  metric: 'm',
  against: 'value',
  yellow: red,
  red,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 1,
  looks: 1,
});
const fresh: Metric = { kind: 'newErrors', expected: null };
const complaints: Metric = { kind: 'counter', counter: 'complaints', expected: null };

/** A window in which the candidate answered so many calls, as reported at `at`. */
function windowOf(candidateCalls: number, at = 4_000): Window {
  const window = createWindow(120_000, 0);
  const operation = (side: 'control' | 'candidate', calls: number) => ({
    repository: 'user',
    operation: 'find',
    side,
    calls,
    errors: 0,
    ignored: 0,
    latency: [],
    fingerprints: [],
  });
  const batch: TelemetryBatch = {
    v: 1,
    epoch: 1,
    spanMs: 1_000,
    gauges: {},
    counters: {},
    keyMissing: 0,
    overflow: 0,
    operations: [operation('control', 500), operation('candidate', candidateCalls)],
  };
  window.add('one', batch, at);
  return window;
}

function verdict(metric: Metric, window: Window, more: Partial<LookContext>, red: number): string {
  const measure = measureRow(row(red), metric, window, context(more));
  return judgeRow(row(red), metric, measure, NO_MEMORY, {
    maxAgeMs: settings.maxAgeMs,
    alpha: 0.01,
    needsFine: true,
  }).verdict;
}

describe('what is counted', () => {
  it('is not zero but unknown while the candidate answers nothing', () => {
    expect(verdict(fresh, windowOf(0), {}, 0)).toBe('insufficient');
    expect(verdict(complaints, windowOf(0), {}, 5)).toBe('insufficient');
    expect(verdict(fresh, windowOf(1), {}, 0)).toBe('pass');
    expect(verdict(complaints, windowOf(1), {}, 5)).toBe('pass');
  });

  it('is red as soon as it was counted, whether anybody calls or reports', () => {
    expect(verdict(fresh, windowOf(0), { newErrors: 1 }, 0)).toBe('fail');
    expect(verdict(complaints, windowOf(0), { counters: { complaints: 6 } }, 5)).toBe('fail');
    const silent = { now: 90_000, counters: { complaints: 6 } };
    expect(verdict(complaints, windowOf(100), silent, 5)).toBe('fail');
    expect(verdict(complaints, windowOf(100), { now: 90_000 }, 5)).toBe('stale');
  });
});

describe('a leak', () => {
  const memory: Metric = { kind: 'gauge', gauge: 'heap', expected: null };
  const growth: Row = { ...row(10e6), against: 'hour' };

  /** Six minutes of reports, one a second, of instances on a side with so many bytes more each. */
  function windowOfLeaks(
    leaks: Readonly<Record<string, readonly ['control' | 'candidate', number]>>,
  ): Window {
    const window = createWindow(600_000, 0);
    for (let second = 0; second < 360; second += 1) {
      for (const [instance, [side, bytes]] of Object.entries(leaks)) {
        // A garbage collection every half a minute hides nothing.
        const sawtooth = (second % 30) * 200_000;
        const operations = [
          {
            repository: 'user',
            operation: 'find',
            side,
            calls: 9,
            errors: 0,
            ignored: 0,
            latency: [],
            fingerprints: [],
          },
        ];
        const gauges = { heap: 80e6 + second * bytes + sawtooth };
        const batch: TelemetryBatch = {
          v: 1,
          epoch: 1,
          spanMs: 1_000,
          gauges,
          counters: {},
          keyMissing: 0,
          overflow: 0,
          operations,
        };
        window.add(instance, batch, second * 1_000);
      }
    }
    return window;
  }
  // An hour in ten minutes.
  const compressed = context({ now: 360_000, timeScale: 10 });

  it('is the growth an hour of the candidate, and names the instance that grows fastest', () => {
    const window = windowOfLeaks({
      i1: ['candidate', 10_000],
      i2: ['candidate', 50_000],
      i3: ['control', 90_000],
    });
    const measure = measureRow(growth, memory, window, compressed);
    // 30 kB a second over both, 360 seconds an hour.
    expect(measure.value).toBeGreaterThan(10e6);
    expect(measure.value).toBeLessThan(12e6);
    expect(measure.worst).toBe('i2');
    expect(judgeRow(growth, memory, measure, NO_MEMORY, RULES).verdict).toBe('fail');
  });

  it('is none where the memory only goes up and down', () => {
    const measure = measureRow(growth, memory, windowOfLeaks({ i1: ['candidate', 0] }), compressed);
    expect(judgeRow(growth, memory, measure, NO_MEMORY, RULES).verdict).toBe('pass');
  });

  it('is not beyond its limit while it may as well be noise, and says between what it lies', () => {
    const base = measureRow(growth, memory, windowOfLeaks({ i1: ['candidate', 90_000] }), compressed);
    expect(base.range?.[0]).toBeGreaterThan(10e6);
    expect(base.range?.[0]).toBeLessThanOrEqual(base.value ?? NaN);
    const sure = judgeRow(growth, memory, base, NO_MEMORY, RULES);
    expect(sure).toMatchObject({ verdict: 'fail' });
    expect(sure.reason).toMatch(
      /; weaker evidence: of processes, by looks in a row, without a control group$/,
    );
    const noisy = judgeRow(growth, memory, { ...base, range: [-5e6, 40e6] }, NO_MEMORY, RULES);
    expect(noisy).toMatchObject({ verdict: 'insufficient', colour: 'yellow', memory: { beyond: 0 } });
    expect(noisy.reason).toMatch(
      / and lies between -5.0 MB\/h and 40.0 MB\/h with 95 % confidence; weaker evidence/,
    );
  });

  it('is beyond a baseline only when its change is no chance, while a limit for itself takes it as it is', () => {
    const change: Row = { ...row(0.1), against: 'baseline' };
    const seen = context({ now: 60_000, baseline: { m: { value: 100e6, samples: 60 } } });
    const window = windowOfLeaks({ i1: ['candidate', 1e6] });
    const measure = measureRow(change, memory, window, seen);
    expect(measure.range?.[0]).toBeLessThan(measure.value ?? NaN);
    const noisy = judgeRow(
      change,
      memory,
      { ...measure, value: 115e6, range: [95e6, 135e6] },
      NO_MEMORY,
      RULES,
    );
    expect(noisy).toMatchObject({ verdict: 'insufficient', colour: 'yellow', memory: { beyond: 0 } });
    expect(noisy.reason).toMatch(/ lies between -5 % and \+35 % with 95 % confidence; weaker evidence/);
    const sure = judgeRow(
      change,
      memory,
      { ...measure, value: 115e6, range: [112e6, 118e6] },
      NO_MEMORY,
      RULES,
    );
    expect(sure).toMatchObject({ verdict: 'fail', colour: 'red' });
    expect(measureRow(row(1), memory, window, seen).range).toBeUndefined();
  });

  it('is of control when that is asked, as after a rollback', () => {
    const window = windowOfLeaks({ i1: ['candidate', 90_000], i2: ['control', 50_000] });
    expect(measureRow(growth, memory, window, compressed, 'control')).toMatchObject({ worst: 'i2' });
    expect(measureRow(row(1), memory, window, compressed, 'control').value).toBeLessThan(110e6);
  });
});

describe('a probe', () => {
  const failures: Metric = { kind: 'probeFailures', probe: 'shop', expected: null };
  const time: Metric = { kind: 'probeTime', probe: 'shop', quantile: 95, expected: null };
  const sample = (at: number, ms: number, said: string | null = null) => ({
    at,
    ok: said === null,
    ms,
    said,
  });
  const silent = createWindow(120_000, 0);
  const measure = (metric: Metric, samples: readonly ReturnType<typeof sample>[], lateMs = 0) =>
    measureRow(row(0.1), metric, silent, context({ now: 90_000, probes: { shop: { samples, lateMs } } }));

  it('is the share of what failed in the window, with what the last failure said', () => {
    const samples = [
      sample(20_000, 1, 'too old'),
      sample(40_000, 1),
      sample(50_000, 1, 'GET: 503'),
      sample(60_000, 1),
    ];
    expect(measure(failures, samples)).toMatchObject({
      value: 1 / 3,
      samples: 3,
      said: 'GET: 503',
      ageMs: 0,
    });
    expect(measure(failures, [sample(60_000, 1)])).not.toHaveProperty('said');
  });

  it('has the times of what succeeded alone', () => {
    const samples = [
      ...Array.from({ length: 20 }, (_, at) => sample(50_000, at + 1)),
      sample(50_000, 5_000, 'no'),
    ];
    expect(measure(time, samples)).toMatchObject({ value: 19, samples: 20 });
    expect(measure(time, [sample(50_000, 5_000, 'no')])).toMatchObject({ value: null, samples: 0 });
  });

  it('is not known where nobody asks, and stale where nobody has answered for long', () => {
    const judged = (of: ReturnType<typeof measure>) =>
      judgeRow(row(0.1), failures, of, NO_MEMORY, RULES).verdict;
    expect(judged(measure(failures, []))).toBe('insufficient');
    expect(judged(measureRow(row(0.1), failures, silent, context({ now: 90_000 })))).toBe('insufficient');
    expect(judged(measure(failures, [sample(50_000, 1)], 40_000))).toBe('stale');
    expect(judged(measure(failures, [sample(89_000, 1)]))).toBe('pass');
  });
});

describe('the share of mismatches', () => {
  const different: Metric = { kind: 'mismatchRate', repositories: ['user'], expected: null };
  const shadowOf = (repository: string, states: object) =>
    ({ repository, operation: 'find', sampled: 100, states, reasons: {}, groups: [] }) as const;
  const groupOf = (noise: number) =>
    ({ id: 'g', kind: 'value', path: 'at', noise, count: 1, firstAt: 0, lastAt: 0 }) as const;

  function measured(...shadow: readonly ShadowBatch[]) {
    const window = createWindow(120_000, 0);
    const empty = {
      v: 1,
      epoch: 1,
      spanMs: 1_000,
      gauges: {},
      counters: {},
      keyMissing: 0,
      overflow: 0,
    } as const;
    window.add('one', { ...empty, operations: [], shadow }, 4_000);
    return measureRow(row(0.1), different, window, context());
  }

  it('is of what could be compared: what was dropped or late says nothing', () => {
    const states = {
      dropped: 40,
      timedOut: 20,
      uncompared: 10,
      match: 24,
      transient: 1,
      ignored: 2,
      mismatch: 2,
      failed: 1,
    };
    expect(measured(shadowOf('user', states), shadowOf('order', { mismatch: 50 }))).toMatchObject({
      value: 0.1,
      samples: 30,
    });
  });

  it('is counted since the look before, each repository for itself, with what control does to itself', () => {
    const noisy = {
      ...shadowOf('user', { match: 30, mismatch: 10 }),
      groups: [groupOf(0.2), groupOf(0.05), { ...groupOf(0.9), ignored: 'noise' }],
    };
    const { counts } = measured(noisy, shadowOf('order', { mismatch: 50 }));
    const nobody = { calls: 0, red: 0, yellow: 0 };
    expect(counts).toMatchObject({
      strata: [{ candidate: { calls: 40, red: 10, yellow: 10 }, control: nobody }],
      noise: 8,
    });
    expect(counts?.stage).not.toBe('');
  });

  it('is nothing without a comparison, and so never green', () => {
    const nothing = measured(shadowOf('user', { dropped: 5 }));
    expect(nothing).toMatchObject({ value: null, samples: 0 });
    const rules = { maxAgeMs: 60_000, alpha: 0.01, needsFine: false };
    expect(judgeRow(row(0.1), different, nothing, NO_MEMORY, rules).verdict).not.toBe('pass');
  });
});

describe('control alone, as after a rollback', () => {
  it('is measured though no candidate answers, and is no evidence against one', () => {
    const errors: Metric = { kind: 'errorRate', repositories: null, expected: null };
    const measure = measureRow(row(0.1), errors, windowOf(0), context(), 'control');
    expect(measure).toMatchObject({ value: 0, samples: 500 });
    expect(measure).not.toHaveProperty('counts');
  });
});
