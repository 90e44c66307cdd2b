import {
  parseTelemetryBatch,
  LatencySketch,
  type RequestBatch,
  type ShadowBatch,
  type TelemetryBatch,
} from '../measure/index.ts';
import type { Metric, Plan, Row } from '../plan/index.ts';
import type { Answered } from './asked.ts';
import { divideAlpha } from './alpha.ts';
import { judgeRow, NO_MEMORY, type RowMemory, type RowResult } from './judge.ts';
import { measureRow, slopeSpanMs, type LookContext } from './measure.ts';
import { createWindow } from './window.ts';

/** A row that stayed calm while everything that it is there for went wrong. */
export type Silent = { readonly gate: string; readonly row: string; readonly reason: string };

/** Evidence is there after one look in which everything fails; a growth needs points over half of its span. */
const MOST_LOOKS = 60;
const LOOKS_PER_SPAN = 40;
const HEALTHY_MS = 10;
/** The worst latency that a sketch tells apart from others, milliseconds. */
const WORST_MS = 3_000_000;

/**
 * Puts failing samples into a scratch copy of every row's way from a report to a verdict, and says which rows do not go red.
 * A gate that cannot is worse than none: a misspelt repository or a limit that nothing reaches looks like health for ever.
 * Nothing of this is stored or seen by anybody. Pure.
 */
export function selfTest(plan: Plan): readonly Silent[] {
  return Object.entries(plan.gates).flatMap(([gate, rows]) =>
    rows.flatMap((row) => {
      const metric = plan.metrics[row.metric];
      const reason =
        metric === undefined ? `there is no metric "${row.metric}"` : whySilent(plan, row, metric);
      return reason === null ? [] : [{ gate, row: row.title, reason }];
    }),
  );
}

function whySilent(plan: Plan, row: Row, metric: Metric): string | null {
  const settings = plan.measure;
  const everyMs = Math.max(settings.everyMs, slopeSpanMs(settings, 1) / LOOKS_PER_SPAN);
  const window = createWindow(everyMs * MOST_LOOKS * 2, 0);
  const rules = { maxAgeMs: settings.maxAgeMs, alpha: divideAlpha(plan, row.onRed).each, needsFine: true };
  const sick = failing(plan, row, metric);
  let memory: RowMemory = NO_MEMORY;
  let counted = 0;
  let last: RowResult | undefined;
  for (let look = 1; look <= MOST_LOOKS + row.looks; look += 1) {
    const now = look * everyMs;
    for (const [instance, batch] of sick(look)) {
      // As it would come from the store.
      const read = parseTelemetryBatch(JSON.parse(JSON.stringify(batch)));
      if (read !== undefined) window.add(instance, read, now);
    }
    const context: LookContext = {
      ...scratch(row, metric, now),
      now,
      settings,
      counted,
      memory: { [row.title]: memory },
    };
    counted = window.last();
    last = judgeRow(row, metric, measureRow(row, metric, window, context), memory, rules);
    if (last.verdict === 'fail') return null;
    memory = last.memory;
  }
  return last?.reason ?? 'nothing was seen';
}

function scratch(
  row: Row,
  metric: Metric,
  now: number,
): Omit<LookContext, 'now' | 'settings' | 'counted' | 'memory'> {
  const healthy = metric.kind === 'errorRate' ? 0.000_1 : HEALTHY_MS;
  return {
    timeScale: 1,
    frozen: {},
    baseline: { [row.metric]: { value: healthy, samples: 1_000_000 } },
    counters: metric.kind === 'counter' ? { [metric.counter]: Math.floor(row.red) + 1 } : {},
    newErrors: metric.kind === 'newErrors' ? Math.floor(row.red) + 1 : 0,
    stage: { id: 'self-test', ofInstances: false },
    probes: failingProbe(row, metric, now),
    answers: failingAnswers(row, metric, now),
  };
}

/** Answers that are wrong, or right and far too late. */
function failingProbe(row: Row, metric: Metric, at: number): NonNullable<LookContext['probes']> {
  if (metric.kind !== 'probeFailures' && metric.kind !== 'probeTime') return {};
  const one = { at, ok: metric.kind === 'probeTime', ms: worstOf(row), said: null };
  const samples = Array.from({ length: Math.max(3, row.minSamples) }, () => one);
  return { [metric.probe]: { samples, lateMs: 0 } };
}

/** An answer that is far beyond any limit, or counters in which everything failed since the one before. */
function failingAnswers(row: Row, metric: Metric, at: number): NonNullable<LookContext['answers']> {
  if (!('gives' in metric)) return {};
  const calls = Math.max(200, row.minSamples * 2);
  const level = (value: number) => ({ value, samples: calls });
  const worst = metric.gives === 'share' ? 1 : grown(row, 1);
  const sides = { control: level(0.000_1), candidate: level(worst) };
  const one = (number: number, grownTo: number): Answered => {
    const ofPart = [
      { key: 'control', side: 'control' as const, value: Math.ceil(grownTo / 1_000) },
      { key: 'candidate', side: 'candidate' as const, value: grownTo },
    ];
    const total = ofPart.map((series) => ({ ...series, value: grownTo }));
    return metric.gives === 'counts'
      ? { number, at, answer: { kind: 'counters', part: 'bad', ofPart, total, fallen: 'restarted' } }
      : { number, at, answer: { kind: 'levels', sides } };
  };
  return { [row.metric]: { answers: [one(at, 0), one(at + 0.5, calls)], lateMs: 0 } };
}

function worstOf(row: Row): number {
  return Math.min(WORST_MS, (row.red + row.minChange + HEALTHY_MS) * 1_000);
}

/** Reports of an instance that serves control well and of one whose candidate fails in every way. */
function failing(
  plan: Plan,
  row: Row,
  metric: Metric,
): (look: number) => readonly (readonly [instance: string, batch: TelemetryBatch])[] {
  // Where a row wants many samples, one report is worth as many calls; gauges have one point a report.
  const calls = Math.max(200, row.minSamples * 2);
  const reports = metric.kind === 'gauge' ? Math.min(1_000, row.minSamples) : 1;
  const gauge = (value: number): TelemetryBatch['gauges'] =>
    metric.kind === 'gauge' ? { [metric.gauge]: value } : {};
  const repositories = Object.keys(plan.repositories);
  const control = batchOf(repositories, 'control', calls, 0, HEALTHY_MS, metric);
  const candidate = {
    ...batchOf(repositories, 'candidate', calls, calls, worstOf(row), metric),
    ...(metric.kind === 'mismatchRate' ? { shadow: repositories.map((name) => shadowOf(name, calls)) } : {}),
  };
  return (look) =>
    Array.from({ length: reports }, () => [
      ['control', { ...control, gauges: gauge(HEALTHY_MS) }] as const,
      ['candidate', { ...candidate, gauges: gauge(grown(row, look)) }] as const,
    ]).flat();
}

/** Far beyond any limit, and growing fast by the hour. */
function grown(row: Row, look: number): number {
  return (HEALTHY_MS + row.red + row.minChange) * 1_000 * (row.against === 'hour' ? look : 1);
}

/** Every answer in the shadow is another one. */
function shadowOf(repository: string, calls: number): ShadowBatch {
  const states = { mismatch: calls };
  return { repository, operation: 'self-test', sampled: calls, states, reasons: {}, groups: [] };
}

function batchOf(
  repositories: readonly string[],
  side: 'control' | 'candidate',
  calls: number,
  errors: number,
  ms: number,
  metric: Metric,
): TelemetryBatch {
  const sketch = new LatencySketch();
  for (let call = 0; call < calls; call += 1) sketch.record(ms);
  const latency = sketch.drain();
  return {
    v: 1,
    epoch: 1,
    spanMs: 1_000,
    operations: repositories.map((repository) => ({
      repository,
      operation: 'self-test',
      side,
      calls,
      errors,
      ignored: 0,
      latency,
      fingerprints: [],
    })),
    ...visits(repositories, side, { requests: calls, errors, latency, aborted: 0 }, metric),
    gauges: {},
    counters: {},
    keyMissing: 0,
    overflow: 0,
  };
}

/** Requests and page views as bad as the calls, where a row is about such. */
function visits(
  repositories: readonly string[],
  side: 'control' | 'candidate',
  counts: Omit<RequestBatch, 'route' | 'sides'>,
  metric: Metric,
): Pick<TelemetryBatch, 'requests' | 'pages'> {
  if ((metric.kind !== 'errorRate' && metric.kind !== 'latency') || metric.of === undefined) return {};
  const route = metric.routes?.[0] ?? 'GET /self-test';
  const sides = Object.fromEntries(repositories.map((name) => [name, side]));
  return { [metric.of]: [{ route, sides, ...counts }] };
}
