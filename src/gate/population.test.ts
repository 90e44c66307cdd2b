import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LatencySketch,
  type OperationBatch,
  type RequestBatch,
  type TelemetryBatch,
} from '../measure/index.ts';
import type { Metric, Row } from '../plan/index.ts';
import { judgeRow, NO_MEMORY, type RowMemory, type Verdict } from './judge.ts';
import { measureRow, type LookContext } from './measure.ts';
import { createWindow } from './window.ts';

const errors: Metric = { kind: 'errorRate', repositories: null, expected: null };
const endpointErrors: Metric = { ...errors, of: 'requests' };
const endpointTime: Metric = {
  kind: 'latency',
  quantile: 95,
  repositories: null,
  expected: null,
  of: 'requests',
};
const row: Row = {
  title: 'Endpoints',
  metric: 'endpoints',
  against: 'value',
  yellow: 0.005,
  red: 0.02,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 10,
  looks: 3,
};
const rules = { maxAgeMs: 10_000, alpha: 0.01, needsFine: false };

function contextOf(repositories?: readonly string[]): LookContext {
  return {
    now: 1_000,
    settings: { windowMs: 60_000, everyMs: 1_000, minSamples: 10, maxAgeMs: 10_000, warmupMs: 0, looks: 3 },
    timeScale: 1,
    frozen: {},
    baseline: {},
    counters: {},
    newErrors: 0,
    stage: { id: 'canary', ofInstances: false, ...(repositories === undefined ? {} : { repositories }) },
    counted: 0,
    memory: {},
  };
}

function batch(
  requests: readonly RequestBatch[],
  operations: readonly OperationBatch[] = [],
): TelemetryBatch {
  return {
    v: 1,
    epoch: 1,
    spanMs: 1_000,
    operations,
    gauges: {},
    counters: {},
    keyMissing: 0,
    overflow: 0,
    requests,
  };
}

function sketch(count: number, ms: number): readonly number[] {
  const made = new LatencySketch();
  for (let n = 0; n < count; n += 1) made.record(ms);
  return made.drain();
}

function requests(
  route: string,
  sides: RequestBatch['sides'],
  count: number,
  failed: number,
  ms = 10,
): RequestBatch {
  return { route, sides, requests: count, errors: failed, aborted: 0, latency: sketch(count, ms) };
}

function measured(metric: Metric, all: readonly RequestBatch[], repositories?: readonly string[]) {
  const window = createWindow(60_000, 0);
  window.add('one', batch(all), 1_000);
  return measureRow(row, metric, window, contextOf(repositories));
}

describe('rows about requests', () => {
  it('see what calls would say that had a route for a repository', () => {
    const one = fc.record({
      route: fc.constantFrom('GET /a', 'GET /b', 'GET /c'),
      side: fc.constantFrom('control' as const, 'candidate' as const),
      requests: fc.integer({ min: 1, max: 60 }),
      failed: fc.nat(10),
      ms: fc.integer({ min: 1, max: 900 }),
    });
    const metrics = fc.constantFrom<Metric>(endpointErrors, endpointTime);
    const compared = fc.constantFrom<Row['against']>('value', 'control');
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), metrics, compared, (all, metric, against) => {
        const asked = all.map(({ route, side, requests: count, failed, ms }) =>
          requests(route, { user: side }, count, failed, ms),
        );
        const operations = asked.map(
          ({ route, requests: calls, errors: failed, latency }, index): OperationBatch => ({
            repository: route,
            operation: 'all',
            side: all[index]?.side ?? 'control',
            calls,
            errors: failed,
            ignored: 0,
            latency,
            fingerprints: [],
          }),
        );
        const window = createWindow(60_000, 0);
        window.add('one', batch(asked, operations), 1_000);
        const { of: _, ...asCalls } = metric as Metric & { readonly of?: string };
        const judged = { ...row, against };
        expect(measureRow(judged, metric, window, contextOf())).toEqual(
          measureRow(judged, asCalls, window, contextOf()),
        );
      }),
    );
  });

  it('ask for the side of what is being raised, not of all that a request calls', () => {
    const all = [
      requests('GET /repairs/:id', { user: 'candidate', repair: 'control' }, 90, 0),
      requests('GET /repairs/:id', { user: 'candidate', repair: 'candidate' }, 10, 5),
      requests('GET /users/:id', { user: 'candidate' }, 500, 400),
    ];
    expect(measured(endpointErrors, all, ['repair'])).toMatchObject({ value: 0.5, samples: 10 });
    expect(measured({ ...endpointErrors, repositories: ['user'] }, all, ['repair'])).toMatchObject({
      value: 405 / 600,
      samples: 600,
    });
  });

  it('take requests that met both sides, or nothing that is watched, for evidence of neither', () => {
    const all = [
      requests('GET /a', { user: 'both' }, 100, 100),
      requests('GET /b', { user: 'candidate', bike: 'control' }, 100, 100),
      requests('GET /c', {}, 100, 100),
    ];
    expect(measured(endpointErrors, all)).toMatchObject({ value: null, samples: 0, counts: { strata: [] } });
  });

  it('are of the routes that they name', () => {
    const all = [
      requests('GET /a', { user: 'candidate' }, 20, 0),
      requests('GET /b', { user: 'candidate' }, 20, 20),
    ];
    expect(measured({ ...endpointErrors, routes: ['GET /a'] }, all)).toMatchObject({ value: 0, samples: 20 });
  });

  it('turn red by evidence, and stay calm when both sides fail alike', () => {
    const verdictOf = (control: number, candidate: number): Verdict => {
      let memory: RowMemory = NO_MEMORY;
      let last: Verdict = 'insufficient';
      const window = createWindow(60_000, 0);
      let from = 0;
      for (let look = 1; look <= 30; look += 1) {
        window.add(
          'one',
          batch([
            requests('GET /a', { user: 'control' }, 50, control),
            requests('GET /a', { user: 'candidate' }, 50, candidate),
          ]),
          look * 1_000,
        );
        const context = { ...contextOf(), now: look * 1_000, counted: from, memory: { [row.title]: memory } };
        from = window.last();
        const result = judgeRow(
          row,
          endpointErrors,
          measureRow(row, endpointErrors, window, context),
          memory,
          rules,
        );
        memory = result.memory;
        last = result.verdict;
        if (last === 'fail' && result.asks !== true) return 'fail';
      }
      return last === 'fail' ? 'insufficient' : last;
    };
    expect(verdictOf(0, 5)).toBe('fail');
    expect(verdictOf(5, 5)).toBe('insufficient');
    expect(verdictOf(0, 0)).toBe('pass');
  });

  it('know nothing of how long those last that have no duration', () => {
    const endless = { ...requests('GET /events', { user: 'candidate' }, 40, 0), latency: [] };
    expect(measured(endpointTime, [endless])).toMatchObject({ value: null, samples: 0 });
    expect(measured(endpointErrors, [endless])).toMatchObject({ value: 0, samples: 40 });
  });
});
