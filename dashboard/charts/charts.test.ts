import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import { lastOf, summaryOf, topOf, type Line } from './chart.ts';
import { limitLines, limitsFor } from './limits.ts';
import { repositoryCharts } from './repository.ts';
import { pathOf, timeTicks, valueTicks } from './scale.ts';
import { keptText } from './kept.ts';
import { changeText, tickText, valueText } from './values.ts';

type Repository = SeriesDocument['repositories'][number];
type Limit = SeriesDocument['limits'][number];

const side = (calls: (number | null)[], errors: (number | null)[]): Repository['control'] => ({
  calls,
  errors,
  p50: calls.map((one) => (one === null || one === 0 ? null : 10)),
  p95: calls.map((one) => (one === null || one === 0 ? null : 20)),
  p99: calls.map((one) => (one === null || one === 0 ? null : 30)),
});

const limit = (more: Partial<Limit>): Limit => ({
  gate: 'matrix',
  title: 'Errors',
  of: 'errorRate',
  quantile: null,
  repositories: null,
  against: 'value',
  yellow: 0.01,
  red: 0.05,
  yellowAt: 0.01,
  redAt: 0.05,
  onRed: 'rollback',
  ...more,
});

const shown = (more: Partial<SeriesDocument> = {}): SeriesDocument => ({
  schema: 'cutover.series/1',
  run: 'r1',
  at: 30_000,
  from: 0,
  to: 32_000,
  knownSince: 0,
  kept: [{ from: 0, to: 32_000, everyMs: 15_000 }],
  bucketMs: 10_000,
  times: [0, 10_000, 20_000],
  coveredMs: [10_000, null, 5_000],
  instances: [1, null, 1],
  epochs: [1, null, 1],
  repositories: [
    {
      repository: 'user',
      control: side([100, null, 0], [1, null, 0]),
      candidate: side([50, null, 40], [5, null, 0]),
      shadow: { sampled: [0, null, 0], compared: [0, null, 0], mismatched: [0, null, 0] },
    },
  ],
  operations: [],
  bands: [],
  markers: [],
  routing: null,
  gate: null,
  limits: [],
  ...more,
});

const chartsOf = (document: SeriesDocument) => {
  const [repository] = document.repositories;
  if (repository === undefined) throw new Error('no repository');
  const [calls, latency, errors, mismatches] = repositoryCharts(document, repository);
  if (calls === undefined || latency === undefined || errors === undefined || mismatches === undefined)
    throw new Error('a chart is missing');
  return { calls, latency, errors, mismatches };
};

describe('the charts of a repository', () => {
  it('show calls by the time that was reported, shares of what was called, and gaps as gaps', () => {
    const { calls, errors, latency } = chartsOf(shown());
    expect(calls.lines.map(({ points }) => points)).toEqual([
      [10, null, 0],
      [5, null, 8],
    ]);
    // Nobody called control at the end: that is no error rate of zero.
    expect(errors.lines.map(({ points }) => points)).toEqual([
      [0.01, null, null],
      [0.1, null, 0],
    ]);
    expect(latency.lines.map(({ label }) => label)).toContain('candidate p95');
  });

  it('say why one is empty, and draw no line in it', () => {
    const { mismatches } = chartsOf(shown());
    expect(mismatches).toMatchObject({ lines: [], empty: expect.stringContaining('no shadow was on') });
    const silent = { coveredMs: [null, null, null], repositories: shown().repositories.map(asSilent) };
    expect(chartsOf(shown(silent)).calls.empty).toContain('No instance reported');
    expect(chartsOf(shown({ ...silent, knownSince: 30_000 })).calls.empty).toContain('just come');
    expect(chartsOf(shown({ ...silent, knownSince: 40_000, to: 35_000 })).calls.empty).toContain('not kept');
    expect(chartsOf(shown({ ...silent, knownSince: null })).calls.empty).toContain('No instance reported');
  });

  it('draw a limit where it is a number, and over control where it is relative to it', () => {
    const limits = [
      limit({}),
      limit({
        title: 'Slower',
        of: 'latency',
        quantile: 95,
        against: 'control',
        red: 0.5,
        redAt: null,
        yellow: 0.5,
      }),
      limit({ title: 'Other', repositories: ['bike'] }),
      limit({ title: 'Later', gate: 'end' }),
    ];
    const { errors, latency } = chartsOf(shown({ limits }));
    expect(errors.lines.slice(2).map(({ label, points }) => [label, points])).toEqual([
      ['yellow limit: Errors', [0.01, 0.01, 0.01]],
      ['red limit: Errors', [0.05, 0.05, 0.05]],
    ]);
    expect(latency.lines.at(-1)).toMatchObject({ tone: 'red', points: [30, null, null] });
    expect(limitsFor({ limits, gate: 'end' }, 'errorRate', 'user').map(({ title }) => title)).toEqual([
      'Errors',
      'Later',
    ]);
    expect(limitLines(limit({ against: 'baseline', yellowAt: null, redAt: null }), null, 3)).toEqual([]);
  });
});

function asSilent(repository: Repository): Repository {
  const none = side([null, null, null], [null, null, null]);
  const shadow = { sampled: none.calls, compared: none.calls, mismatched: none.calls };
  return { ...repository, control: none, candidate: none, shadow };
}

describe('an axis', () => {
  const line = (tone: Line['tone'], points: Line['points']): Line => ({ label: tone, tone, points });

  it('holds all that was measured, whatever the limits are, and is not flattened by one that is far', () => {
    const measured = fc.array(fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 9 });
    fc.assert(
      fc.property(measured, fc.double({ min: 0, max: 1e9, noNaN: true }), (points, far) => {
        const top = topOf({ lines: [line('control', points), line('red', [far])] });
        const most = Math.max(0, ...points.flatMap((point) => point ?? []));
        expect(top).toBeGreaterThan(0);
        expect(top).toBeGreaterThanOrEqual(most);
        if (most > 0) expect(top).toBeLessThanOrEqual(most * 3.3);
      }),
    );
  });
});

describe('a chart in words', () => {
  it('says the newest number of each line, and what has none', () => {
    const lines: Line[] = [
      { label: 'control', tone: 'control', points: [12, 10, null] },
      { label: 'candidate', tone: 'candidate', points: [null, null, null] },
    ];
    const text = summaryOf({
      id: 'x',
      title: 'Response time',
      unit: 'ms',
      times: [0, 1, 2],
      lines,
      empty: null,
    });
    expect(text).toBe(
      'Response time. At the end: control 10ms, at most 12ms; candidate: nothing was measured.',
    );
  });

  it('does not call new what is from before', () => {
    const gone: Line = { label: 'candidate', tone: 'candidate', points: [15, null, null, null, null, null] };
    expect(lastOf(gone)).toBeNull();
    expect(lastOf({ ...gone, points: [null, 15, null, null] })).toBe(15);
    const text = summaryOf({ id: 'x', title: 'Calls', unit: 'ms', times: [], lines: [gone], empty: null });
    expect(text).toContain('candidate nothing any more');
  });

  it('has three figures, and no number where there is none', () => {
    expect([valueText('share', 0.00123), valueText('ms', 4.567), valueText('a second', 1234.5)]).toEqual([
      '0.123 %',
      '4.57ms',
      '1235/s',
    ]);
    expect([valueText('ms', null), changeText(0, 5), changeText(10, 12.5)]).toEqual(['–', null, '+25 %']);
  });
});

describe('a long time', () => {
  const DAY = 86_400_000;
  const HOUR = DAY / 24;

  it('says how finely it is kept, where that is not the same all over', () => {
    const at = Date.UTC(2026, 10, 1);
    const short = { from: 0, to: HOUR, bucketMs: 15_000, kept: [{ from: 0, to: HOUR, everyMs: 15_000 }] };
    expect(keptText(short)).toBe('Each number is of 15s.');
    const kept = [
      { from: at, to: at + 9 * DAY, everyMs: 900_000 },
      { from: at + 9 * DAY, to: at + 11 * DAY, everyMs: 60_000 },
      { from: at + 11 * DAY, to: at + 11.01 * DAY, everyMs: 15_000 },
    ];
    expect(keptText({ from: at, to: at + 11.01 * DAY, bucketMs: 2 * HOUR, kept })).toBe(
      'Each number is of 2h. Kept every 15m before Nov 10, 00:00, every 1m before Nov 12, 00:00, every 15s.',
    );
    expect(keptText({ ...short, bucketMs: 120_000, kept: kept.slice(1, 2) })).toBe(
      'Each number is of 2m. Kept every 1m.',
    );
  });

  it('has days on its axis where it has days, and no more moments than there is room for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60_000, max: 60 * DAY }),
        fc.integer({ min: 2, max: 14 }),
        (span, most) => {
          const from = Date.UTC(2026, 10, 1, 7, 13);
          const ticks = timeTicks(from, from + span, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
          // An hour comes again the next day, behind the name of that day.
          for (const [index, at] of ticks.entries())
            for (const other of ticks.slice(index + 1))
              if (other - at < DAY || step >= DAY) expect(tickText(at, step)).not.toBe(tickText(other, step));
        },
      ),
    );
    expect([tickText(Date.UTC(2026, 10, 2), 6 * HOUR), tickText(Date.UTC(2026, 10, 2, 6), 6 * HOUR)]).toEqual(
      ['Nov 2', '06:00'],
    );
  });
});

describe('a picture', () => {
  it('has round numbers on its axes, within them, and not too many', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.integer({ min: 3, max: 8 }),
        (top, count) => {
          const ticks = valueTicks(top, count);
          expect(ticks[0]).toBe(0);
          expect(ticks.at(-1)).toBeLessThanOrEqual(top * (1 + 1e-6));
          expect(ticks.length).toBeGreaterThan(1);
          expect(ticks.length).toBeLessThanOrEqual(count + 1);
        },
      ),
    );
    expect(timeTicks(0, 60_000, 6)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    expect(timeTicks(1_000, 3_600_000, 4)).toEqual([900_000, 1_800_000, 2_700_000, 3_600_000]);
  });

  it('has no line where there is no number, and a dot for one alone', () => {
    const path = pathOf(
      [1, 2, null, 3, null],
      (index) => index,
      (value) => value,
    );
    expect(path).toBe('M0.0 1.0h0L1.0 2.0M3.0 3.0h0');
    expect(pathOf([null, null], Number, Number)).toBe('');
  });
});
