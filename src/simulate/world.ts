import {
  latencyLimits,
  slopeSpanMs,
  type Counts,
  type Reference,
  type RowMeasure,
  type RowMemory,
} from '../gate/index.ts';
import type { Metric, Plan, Row } from '../plan/index.ts';
import { activeAt, type Disturbance, type Scenario } from './scenario.ts';

const HOUR_MS = 3_600_000;

/** What is normal where the plan does not say it (`expected`), in the metric's base unit. */
const USUAL: Readonly<
  Record<'errorRate' | 'latency' | 'rss' | 'heap' | 'cpu' | 'eventLoopDelay' | 'connections', number>
> = { errorRate: 0, latency: 50, rss: 100e6, heap: 50e6, cpu: 0.3, eventLoopDelay: 2, connections: 10 };

/** The world at a moment of a run, as far as rows can see it. */
export type Moment = {
  readonly now: number;
  /** Since the exposure was acknowledged: what the window holds of it. */
  readonly exposedMs: number;
  /** Since the look before. */
  readonly passedMs: number;
  /** The exposure that is watched. */
  readonly stage: string;
  /** Share of the calls that the candidate serves, 0..1. */
  readonly share: number;
  /** Share of the calls that run in the shadow, 0..1. */
  readonly shadowed: number;
  /** Errors that only the candidate showed in this run. */
  readonly newErrors: number;
  readonly counters: Readonly<Record<string, number>>;
};

/** What one look would measure for one row. */
export function measureAt(
  plan: Plan,
  scenario: Scenario,
  row: Row,
  metric: Metric,
  moment: Moment,
  memory: RowMemory,
): RowMeasure {
  const active = activeAt(scenario, moment.now);
  const outage = active.find(({ kind }) => kind === 'outage');
  const normal = normalOf(metric);
  const seenMs = Math.min(plan.measure.windowMs, moment.exposedMs);
  const calls = (share: number, ms: number): number =>
    Math.floor((scenario.callsPerSecond * share * ms) / 1_000);
  const isAsked = 'gives' in metric;
  const isCalls =
    metric.kind === 'errorRate' || metric.kind === 'latency' || (isAsked && metric.gives !== 'number');
  const isCount = metric.kind === 'counter' || metric.kind === 'newErrors';
  const points = Math.ceil(scenario.instances * moment.share) * Math.floor(seenMs / 1_000);
  const samples = isCount
    ? countSamples(metric, moment, calls(moment.share, seenMs))
    : isCalls
      ? calls(moment.share, seenMs)
      : isAsked
        ? Math.min(1, Math.ceil(seenMs))
        : 'probe' in metric
          ? Math.floor(seenMs / (plan.probes[metric.probe]?.everyMs ?? seenMs))
          : metric.kind === 'mismatchRate'
            ? calls(moment.shadowed, seenMs)
            : points;
  const controlSamples = isCalls
    ? calls(1 - moment.share, plan.measure.windowMs)
    : Math.floor(scenario.instances * (1 - moment.share)) * Math.floor(plan.measure.windowMs / 1_000);
  const hasControl = controlSamples >= row.minSamples && moment.share < 1;
  return {
    value: samples === 0 ? null : valueOf(plan, row, metric, moment, active),
    samples,
    ageMs: outage === undefined ? 0 : moment.now - outage.from,
    ...(isCalls && outage === undefined
      ? { counts: countsOf(plan, scenario, row, metric, moment, memory) }
      : {}),
    ...referenceOf(
      row,
      {
        value: normal,
        samples: hasControl
          ? controlSamples
          : Math.max(row.minSamples, isCalls ? calls(1, plan.measure.windowMs) : 0),
      },
      hasControl,
    ),
  };
}

/** How much rarer calls become that take longer: twice as long is an eighth as many. */
const TAIL = 3;

/** The calls since the look before, and the share of them that is beyond the row's limits. */
function countsOf(
  plan: Plan,
  scenario: Scenario,
  row: Row,
  metric: Metric,
  moment: Moment,
  memory: RowMemory,
): Counts | null {
  const limits = metric.kind === 'latency' ? latencyLimits(row, memory.evidence?.threshold) : undefined;
  if (limits === null) return null;
  const { exposedMs, passedMs, share } = moment;
  const value = valueOf(plan, row, metric, moment, activeAt(scenario, moment.now)) ?? 0;
  const beyond = (of: number, limit: number | undefined): number =>
    metric.kind === 'latency' ? Math.min(1, (1 - metric.quantile / 100) * (of / (limit ?? 1)) ** TAIL) : of;
  // Whole numbers that add up to the rate over time, however few there are in one look.
  const between = (rate: number): number =>
    Math.floor((rate * exposedMs) / 1_000) - Math.floor((rate * Math.max(0, exposedMs - passedMs)) / 1_000);
  const side = (calls: number, of: number, red: number | undefined, yellow: number | undefined) => ({
    calls: between(calls),
    red: between(calls * beyond(of, red)),
    yellow: between(calls * beyond(of, yellow)),
  });
  const relative = row.against === 'control';
  const { callsPerSecond } = scenario;
  return {
    stage: moment.stage,
    strata: [
      {
        candidate: side(callsPerSecond * share, value, limits?.red, limits?.yellow),
        control: side(
          callsPerSecond * (1 - share),
          normalOf(metric),
          limits?.control,
          relative ? limits?.control : limits?.yellow,
        ),
      },
    ],
    threshold: relative ? (limits?.control ?? null) : null,
    instances: null,
  };
}

/** A count is a sample by itself; none of something is one only where the candidate answered calls. */
function countSamples(metric: Metric, { newErrors, counters }: Moment, calls: number): number {
  const count = metric.kind === 'counter' ? (counters[metric.counter] ?? 0) : newErrors;
  return count > 0 ? count : Math.min(1, calls);
}

function referenceOf(
  row: Row,
  { value, samples }: Reference,
  hasControl: boolean,
): Pick<RowMeasure, 'reference' | 'referenceKind' | 'referenceSamples'> {
  if (row.against === 'baseline')
    return { reference: value, referenceKind: 'baseline', referenceSamples: samples };
  if (row.against !== 'control') return { reference: null, referenceKind: null, referenceSamples: 0 };
  return { reference: value, referenceKind: hasControl ? 'control' : 'frozen', referenceSamples: samples };
}

function valueOf(
  plan: Plan,
  row: Row,
  metric: Metric,
  { now, exposedMs, newErrors, counters }: Moment,
  active: readonly Disturbance[],
): number | null {
  const normal = normalOf(metric);
  switch (metric.kind) {
    case 'errorRate':
      return active.reduce((rate, one) => (one.kind === 'errors' ? rate + one.rate : rate), normal);
    case 'latency':
      return active.reduce((ms, one) => (one.kind === 'slower' ? ms * (1 + one.by) : ms), normal);
    case 'mismatchRate':
      return normal;
    case 'sql':
    case 'http':
    case 'prometheus':
      return metric.gives === 'number'
        ? normal
        : active.reduce((rate, one) => (one.kind === 'errors' ? rate + one.rate : rate), normal);
    case 'counter':
      return counters[metric.counter] ?? 0;
    case 'newErrors':
      return newErrors;
    case 'probeFailures':
      return active.reduce((rate, one) => (one.kind === 'errors' ? rate + one.rate : rate), normal);
    case 'probeTime':
      return active.reduce((ms, one) => (one.kind === 'slower' ? ms * (1 + one.by) : ms), normal);
    case 'gauge': {
      const isMemory = metric.gauge === 'rss' || metric.gauge === 'heap';
      const leaks = isMemory ? active.flatMap((one) => (one.kind === 'leak' ? [one] : [])) : [];
      if (row.against === 'hour') {
        const isKnown = exposedMs >= slopeSpanMs(plan.measure, 1) / 2;
        return isKnown ? leaks.reduce((sum, { bytesPerHour }) => sum + bytesPerHour, 0) : null;
      }
      return leaks.reduce(
        (bytes, leak) => bytes + (leak.bytesPerHour * Math.min(exposedMs, now - leak.from)) / HOUR_MS,
        normal,
      );
    }
  }
}

function normalOf(metric: Metric): number {
  if (metric.expected !== null) return metric.expected;
  if (metric.kind === 'gauge') return USUAL[metric.gauge];
  if (metric.kind === 'probeTime') return USUAL.latency;
  return metric.kind === 'errorRate' || metric.kind === 'latency' ? USUAL[metric.kind] : 0;
}
