import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../config/index.ts';
import type { AskedMetric, Metric, Row } from '../plan/index.ts';
import { countsOfAsked, measureAsked, type Answered, type MeasureAnswer } from './asked.ts';
import { increases } from './increase.ts';
import { judgeRow, NO_MEMORY, type RowMemory } from './judge.ts';
import { measureRow } from './measure.ts';
import { selfTest } from './self-test.ts';
import { createWindow } from './window.ts';

const METRIC = { unit: 'count', everyMs: 10_000, timeoutMs: 5_000, expected: null } as const;
const number: AskedMetric = { ...METRIC, kind: 'sql', gives: 'number', database: 'shop', query: 'q' };
const counts: AskedMetric = { ...METRIC, kind: 'sql', gives: 'counts', database: 'shop', query: 'q' };
const levels = (value: number): MeasureAnswer => ({
  kind: 'levels',
  sides: { both: { value, samples: 1 } },
});
const counters = (
  values: Readonly<Record<string, readonly [bad: number, total: number]>>,
  fallen: 'restarted' | 'unknown' = 'restarted',
): MeasureAnswer => {
  const series = (at: 0 | 1) =>
    Object.entries(values).map(([key, pair]) => ({
      key,
      side: key.startsWith('control') ? ('control' as const) : ('candidate' as const),
      value: pair[at],
    }));
  return { kind: 'counters', part: 'bad', ofPart: series(0), total: series(1), fallen };
};
const numbered = (answers: readonly MeasureAnswer[]): readonly Answered[] =>
  answers.map((answer, index) => ({ number: index + 1, at: (index + 1) * 10_000, answer }));
const all = (): boolean => true;
const row: Row = {
  title: 'Stock',
  metric: 'm',
  against: 'value',
  yellow: 5,
  red: 5,
  minChange: 0,
  onRed: 'rollback',
  minSamples: 1,
  looks: 3,
};
const RULES = { maxAgeMs: 10_000, alpha: 0.01, needsFine: true };

/** Looks at the newest of these answers, or at all of them one after another. */
function look(metric: Metric, answers: readonly Answered[], lateMs = 0, memory: RowMemory = NO_MEMORY) {
  const now = answers.at(-1)?.at ?? 0;
  const window = createWindow(60_000, 0);
  const measure = measureRow(row, metric, window, {
    now,
    settings: { windowMs: 60_000, everyMs: 10_000, minSamples: 1, maxAgeMs: 10_000, warmupMs: 0, looks: 3 },
    timeScale: 1,
    frozen: {},
    baseline: {},
    counters: {},
    newErrors: 0,
    stage: { id: 's', ofInstances: false },
    counted: 0,
    memory: {},
    answers: { m: { answers, lateMs } },
  });
  return judgeRow(row, metric, measure, memory, RULES);
}

describe('what somebody else measures', () => {
  it('is judged by its newest answer', () => {
    expect(look(number, numbered([levels(9), levels(3)]))).toMatchObject({ colour: 'green', compared: 3 });
    expect(look(number, numbered([levels(3), levels(9)]))).toMatchObject({ colour: 'yellow', compared: 9 });
  });

  it.each<[string, readonly MeasureAnswer[], number, RegExp]>([
    ['nothing was answered', [], 0, /0 of 1 samples/],
    ['the newest answer is none', [levels(1), { kind: 'nothing', why: '503' }], 0, /0 of 1 samples; 503/],
    ['the newest answer is late', [levels(1)], 16_000, /last telemetry 16000ms ago/],
    [
      'it is of another side',
      [{ kind: 'levels', sides: { control: { value: 1, samples: 1 } } }],
      0,
      /no answer about candidate/,
    ],
  ])('is never green when %s', (_, answers, lateMs, reason) => {
    const result = look(number, numbered(answers), lateMs);
    expect(result.colour).toBe('none');
    expect(result.verdict).not.toBe('pass');
    expect(result.reason).toMatch(reason);
  });

  it('is counted once however often it is looked at', () => {
    const [first, second, third] = [
      numbered([levels(9)]),
      numbered([levels(9), levels(9)]),
      numbered([levels(9), levels(9), levels(9)]),
    ];
    let memory: RowMemory = NO_MEMORY;
    for (let times = 0; times < 5; times += 1) memory = look(number, first, 0, memory).memory;
    expect(look(number, first, 0, memory)).toMatchObject({ verdict: 'insufficient', colour: 'yellow' });
    memory = look(number, second, 0, memory).memory;
    expect(look(number, third, 0, memory).verdict).toBe('fail');
  });

  it('has times in milliseconds whatever they are asked in', () => {
    const seconds: AskedMetric = { ...number, unit: 's' };
    expect(
      measureAsked('m', seconds, {
        now: 0,
        settings: { windowMs: 1 },
        answers: { m: { answers: numbered([levels(0.25)]), lateMs: 0 } },
      }).candidate.value,
    ).toBe(250);
  });

  it('counts for evidence what counters grew by since the look before, once', () => {
    const answers = numbered([
      counters({ control: [5, 100], candidate: [7, 50] }),
      counters({ control: [6, 200], candidate: [9, 60] }),
      counters({ control: [6, 250], candidate: [12, 90] }),
    ]);
    const of = (answersCounted: number) =>
      countsOfAsked('m', counts, {
        now: 30_000,
        settings: { windowMs: 60_000 },
        answers: { m: { answers, lateMs: 0 } },
        stage: { id: 's' },
        answersCounted,
      })?.strata;
    const side = (calls: number, hits: number) => ({ calls, red: hits, yellow: hits });
    expect(of(0)).toEqual([{ candidate: side(40, 5), control: side(150, 1) }]);
    expect(of(2)).toEqual([{ candidate: side(30, 3), control: side(50, 0) }]);
    expect(of(3)).toEqual([]);
  });
});

describe('growth of counters', () => {
  it('begins with the first value of a series, goes on over a restart and over an answer that is missing', () => {
    const { of, said } = increases(
      numbered([
        counters({ 'candidate-1': [10, 1_000] }),
        counters({ 'candidate-1': [12, 1_100], 'candidate-2': [400, 9_000] }),
        { kind: 'nothing', why: 'away' },
        counters({ 'candidate-1': [1, 30], 'candidate-2': [400, 9_010] }),
        counters({ 'candidate-2': [401, 9_020] }),
        counters({ 'candidate-1': [2, 50], 'candidate-2': [401, 9_020] }),
      ]),
      all,
    );
    expect(of('candidate')).toEqual({ calls: 100 + 30 + 10 + 10 + 20, hits: 2 + 1 + 0 + 1 + 1 });
    expect(said).toBeNull();
  });

  it('is not known where rows were taken away, and goes on from there', () => {
    const taken = [counters({ candidate: [5, 100] }, 'unknown'), counters({ candidate: [3, 90] }, 'unknown')];
    expect(increases(numbered(taken), all)).toMatchObject({ said: 'a count is smaller than before' });
    const { of, said } = increases(numbered([...taken, counters({ candidate: [4, 100] }, 'unknown')]), all);
    expect(of('candidate')).toEqual({ calls: 10, hits: 1 });
    expect(said).toBeNull();
  });

  it('is none where more failed than there were, or where nothing counts failures of a side', () => {
    const more = [counters({ candidate: [0, 10] }), counters({ candidate: [9, 12] })];
    expect(increases(numbered(more), all).said).toBe('9 bad of 2 in all');
    const missing: MeasureAnswer = {
      kind: 'counters',
      part: 'bad',
      ofPart: [{ key: 'a', side: 'control', value: 1 }],
      total: [
        { key: 'a', side: 'control', value: 1 },
        { key: 'b', side: 'candidate', value: 1 },
      ],
      fallen: 'restarted',
    };
    expect(increases(numbered([missing]), all).said).toBe('nothing counts the bad ones of candidate');
  });

  it('adds up to what was counted, however it is cut into answers and whichever instances restart', () => {
    const step = fc.record({ bad: fc.nat(5), good: fc.nat(20), restarts: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (steps, cut) => {
          let [bad, total] = [100, 1_000];
          let [bads, calls] = [0, 0];
          const answers = [counters({ candidate: [bad, total] })];
          for (const one of steps) {
            // One that restarts counts what came after; what came before the restart is what nobody saw.
            if (one.restarts && one.bad + one.good < total && one.bad < bad) [bad, total] = [0, 0];
            [bad, total] = [bad + one.bad, total + one.bad + one.good];
            [bads, calls] = [bads + one.bad, calls + one.bad + one.good];
            answers.push(counters({ candidate: [bad, total] }));
          }
          const known = numbered(answers);
          expect(increases(known, all).of('candidate')).toEqual({ calls, hits: bads });
          const [before, after] = [
            increases(known, ({ number: at }) => at <= cut).of('candidate'),
            increases(known, ({ number: at }) => at > cut).of('candidate'),
          ];
          expect(before.calls + after.calls).toBe(calls);
          expect(before.hits + after.hits).toBe(bads);
        },
      ),
    );
  });
});

describe('rows on what somebody else measures', () => {
  it('go red in the self-test, whatever they are of', () => {
    const sql = { kind: 'sql', database: 'shop', query: 'select 1' } as const;
    const { plan } = parsePlan({
      id: 'swap',
      title: 'Swap',
      topology: 'same-store',
      repositories: { user: {} },
      environments: { production: {} },
      databases: { shop: { sqlite: 'shop.db' } },
      prometheus: { url: 'http://localhost:9090' },
      metrics: {
        stock: sql,
        paid: { ...sql, gives: 'share' },
        payments: { ...sql, gives: 'counts' },
        complaints: { kind: 'http', url: 'http://localhost/', path: 'open' },
        p95: { kind: 'prometheus', query: 'q', unit: 's' },
        failed: { kind: 'prometheus', bad: 'b', total: 't' },
      },
      matrix: [
        { title: 'Stock', metric: 'stock', red: 0 },
        { title: 'Stock by side', metric: 'stock', against: 'control', red: '10%' },
        { title: 'Paid', metric: 'paid', red: '1%' },
        { title: 'Payments', metric: 'payments', red: '1%' },
        { title: 'Payments by side', metric: 'payments', against: 'control', red: '10%' },
        { title: 'Complaints', metric: 'complaints', red: 5, onRed: 'investigate' },
        { title: 'Response time', metric: 'p95', red: '200ms' },
        { title: 'Failed', metric: 'failed', red: '0.5%' },
      ],
      phases: [
        { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 1, of: 'users' }] },
      ],
      rollback: { budget: '1m' },
    });
    expect(selfTest(plan)).toEqual([]);
  });
});
