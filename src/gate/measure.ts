import type { SeenError } from '../measure/index.ts';
import type { MeasureSettings, Metric, Row } from '../plan/index.ts';
import { countsOfAsked, measureAsked, type Answers } from './asked.ts';
import { countsOf, type CountContext } from './count-calls.ts';
import type { RowMeasure } from './judge.ts';
import { populationOf } from './population.ts';
import { measureProbe, type ProbeSamples } from './probe.ts';
import { mean, robustSlope } from './slope.ts';
import { rangeOfMean } from './steady-level.ts';
import { latencyOf, type GaugeSeries, type Sides as CallSides, type Window } from './window.ts';

/** A number and how many samples stand behind it. */
export type Reference = { readonly value: number; readonly samples: number };

/** What a look needs besides the window. */
export type LookContext = CountContext & {
  /** Monotonic milliseconds, the window's clock. */
  readonly now: number;
  readonly settings: MeasureSettings;
  /** How many times faster than the plan's clock the run's clock is; slopes are per hour of the plan. */
  readonly timeScale: number;
  /** Control by row title, as last seen with enough samples. */
  readonly frozen: Readonly<Record<string, Reference>>;
  /** Recorded baseline by metric name. */
  readonly baseline: Readonly<Record<string, Reference>>;
  /** Sums over the run. */
  readonly counters: Readonly<Record<string, number>>;
  /** Distinct errors that only the candidate showed in this run. */
  readonly newErrors: number;
  /** By name; absent where nobody probes. */
  readonly probes?: Readonly<Record<string, ProbeSamples>>;
  /** By metric name; absent where nobody asks. */
  readonly answers?: Readonly<Record<string, Answers>>;
  /** Number of the last answer that a look counted. */
  readonly answersCounted?: number;
};

type LevelContext = Pick<LookContext, 'now' | 'settings' | 'counters' | 'newErrors' | 'probes' | 'answers'>;

/**
 * What one look sees for one row.
 *
 * @param subject whose measure is judged: the candidate's; control's when there is no candidate left; of a gauge also that
 *   of all instances that serve. Only the candidate's calls are counted as evidence
 */
export function measureRow(
  row: Row,
  planMetric: Metric,
  telemetry: Window,
  context: LookContext,
  subject: Subject = 'candidate',
): RowMeasure {
  const { metric, window } = populationOf(planMetric, telemetry, context.stage);
  // What was counted stays counted, however long ago the last report was.
  const isCounted = metric.kind === 'counter' && (context.counters[metric.counter] ?? 0) > 0;
  const silentMs = silence(row.metric, metric, window, context);
  const ageMs = isCounted ? 0 : Math.max(0, silentMs);
  // Control alone has no pair, and there is no evidence against a candidate that is not there.
  const isPaired = subject === 'candidate';
  const sides =
    row.against === 'hour'
      ? growth(metric, window, context)
      : level(row.metric, metric, window, context, isPaired);
  const { value, samples, worst, said, range, answer } = sides[subject] ?? NOTHING;
  // A limit for what is measured is for what is measured; a change may be chance.
  const isChange = row.against === 'hour' || row.against === 'baseline';
  const counts = !isPaired
    ? undefined
    : 'gives' in metric
      ? countsOfAsked(row.metric, metric, context)
      : countsOf(row, metric, window, context);
  return {
    ageMs,
    value,
    samples,
    ...reference(row, sides.control, context),
    ...(counts === undefined ? {} : { counts }),
    ...(worst === undefined ? {} : { worst }),
    ...(range === undefined || !isChange ? {} : { range }),
    ...(said === undefined ? {} : { said }),
    ...(answer === undefined ? {} : { answer }),
  };
}

/** How long nothing came of what should come again and again. */
function silence(name: string, metric: Metric, window: Window, context: LookContext): number {
  if ('probe' in metric) return context.probes?.[metric.probe]?.lateMs ?? 0;
  if ('gives' in metric) return context.answers?.[name]?.lateMs ?? 0;
  return context.now - window.newest();
}

type Subject = 'control' | 'candidate' | 'any';

type Side = {
  readonly value: number | null;
  readonly samples: number;
  readonly worst?: string;
  readonly said?: string;
  readonly answer?: number;
  readonly range?: readonly [low: number, high: number];
};
type Sides = { readonly control: Side; readonly candidate: Side; readonly any?: Side };

const NOTHING: Side = { value: null, samples: 0 };

/**
 * Control in the same window where it serves enough; else control as last seen in this run; else the recorded
 * baseline. At full exposure the first does not exist. Without any of them, too little of control.
 */
function reference(
  row: Row,
  control: Side,
  { frozen, baseline }: LookContext,
): Pick<RowMeasure, 'reference' | 'referenceKind' | 'referenceSamples'> {
  const recorded = baseline[row.metric];
  if (row.against === 'baseline') return referenceOf('baseline', recorded ?? NOTHING);
  if (row.against !== 'control') return referenceOf(null, NOTHING);
  if (control.samples >= row.minSamples) return referenceOf('control', control);
  const last = frozen[row.title];
  if (last !== undefined) return referenceOf('frozen', last);
  return recorded === undefined ? referenceOf(null, control) : referenceOf('baseline', recorded);
}

function referenceOf(
  referenceKind: RowMeasure['referenceKind'],
  { value, samples }: Side,
): Pick<RowMeasure, 'reference' | 'referenceKind' | 'referenceSamples'> {
  return { reference: value, referenceKind, referenceSamples: samples };
}

function level(
  name: string,
  metric: Metric,
  window: Window,
  context: LevelContext,
  isPaired: boolean,
): Sides {
  const from = context.now - context.settings.windowMs;
  const callsOf = (repositories: readonly string[] | null): CallSides =>
    window.calls(from, isPaired ? window.exposed(from, repositories) : repositories);
  switch (metric.kind) {
    case 'errorRate': {
      const calls = callsOf(metric.repositories);
      const rate = (side: { calls: number; errors: number }): Side => ({
        value: side.calls === 0 ? null : side.errors / side.calls,
        samples: side.calls,
      });
      return { control: rate(calls.control), candidate: rate(calls.candidate) };
    }
    case 'latency': {
      const calls = callsOf(metric.repositories);
      return {
        control: { value: latencyOf(calls.control, metric.quantile), samples: calls.control.calls },
        candidate: { value: latencyOf(calls.candidate, metric.quantile), samples: calls.candidate.calls },
      };
    }
    case 'mismatchRate': {
      const { compared, differed } = window.shadowed(from, metric.repositories);
      return {
        control: NOTHING,
        candidate: { value: compared === 0 ? null : differed / compared, samples: compared },
      };
    }
    case 'gauge': {
      const series = window.gauge(from, metric.gauge);
      const side = (wanted: Subject): Side => {
        const mine = series.filter((one) => isOf(one.side, wanted) && one.points.length > 0);
        return overInstances(
          mine.map(({ instance, points }) => ({
            instance,
            value: mean(points.map(([, value]) => value)) ?? 0,
            points: points.length,
            range: rangeOfMean(points.map(([, value]) => value)),
          })),
        );
      };
      return { control: side('control'), candidate: side('candidate'), any: side('any') };
    }
    case 'counter':
      return counted(context.counters[metric.counter] ?? 0, window, from);
    case 'newErrors':
      return counted(context.newErrors, window, from);
    case 'sql':
    case 'http':
    case 'prometheus': {
      const { control, candidate, answer } = measureAsked(name, metric, context);
      return { control, candidate: { ...candidate, ...(answer === undefined ? {} : { answer }) } };
    }
    case 'probeFailures':
    case 'probeTime': {
      const quantile = metric.kind === 'probeTime' ? metric.quantile : null;
      return { control: NOTHING, candidate: measureProbe(context.probes?.[metric.probe], from, quantile) };
    }
  }
}

function isOf(side: GaugeSeries['side'], wanted: Subject): boolean {
  return wanted === 'any' ? side !== 'idle' : side === wanted;
}

type OfInstance = {
  readonly instance: string;
  readonly value: number;
  readonly points: number;
  readonly range: readonly [low: number, high: number] | null;
};

/** The mean over instances, which of them is worst, and where it lies if that is known of each. */
function overInstances(each: readonly OfInstance[]): Side {
  const [worst] = each.toSorted((a, b) => b.value - a.value);
  const ranges = each.flatMap(({ range }) => (range === null ? [] : [range]));
  const [low, high] = [mean(ranges.map((range) => range[0])), mean(ranges.map((range) => range[1]))];
  const isKnown = ranges.length === each.length && low !== null && high !== null;
  return {
    value: mean(each.map(({ value }) => value)),
    samples: each.reduce((sum, { points }) => sum + points, 0),
    ...(worst === undefined ? {} : { worst: worst.instance }),
    ...(isKnown ? { range: [low, high] } : {}),
  };
}

/** A count is a sample by itself; none of something is one only where the candidate answered calls. */
function counted(count: number, window: Window, from: number): Sides {
  const samples = count > 0 ? count : Math.min(1, window.calls(from, null).candidate.calls);
  return { control: NOTHING, candidate: { value: count, samples } };
}

/** Fewer points than this, or points over less than half of the span, say nothing about growth. */
const MIN_SLOPE_POINTS = 5;

/** Growth an hour of the plan's clock: for each instance of a side a robust slope, then the mean over instances. */
function growth(metric: Metric, window: Window, { now, settings, timeScale }: LookContext): Sides {
  if (metric.kind !== 'gauge') return { control: NOTHING, candidate: NOTHING };
  const span = slopeSpanMs(settings, timeScale);
  const slopes = window.gauge(now - span, metric.gauge).flatMap(({ instance, side, points }) => {
    const first = points[0];
    const last = points.at(-1);
    const enough =
      points.length >= MIN_SLOPE_POINTS &&
      first !== undefined &&
      last !== undefined &&
      last[0] - first[0] >= span / 2;
    const slope = enough ? robustSlope(points) : null;
    if (slope === null) return [];
    const [value = 0, low = 0, high = 0] = [slope.value, slope.low, slope.high].map(
      (perMs) => (perMs * HOUR_MS) / timeScale,
    );
    return [{ instance, side, value, range: [low, high] as const, points: points.length }];
  });
  const of = (wanted: Subject): Side => overInstances(slopes.filter(({ side }) => isOf(side, wanted)));
  return { control: of('control'), candidate: of('candidate'), any: of('any') };
}

const HOUR_MS = 3_600_000;
/** Reports come once a second; a slope needs some of them, however fast the run's clock is. */
const MIN_SLOPE_SPAN_MS = 8_000;

/** How far back growth looks: an hour of the plan, but at least the window and a few reports. */
export function slopeSpanMs(settings: MeasureSettings, timeScale: number): number {
  return Math.max(settings.windowMs, HOUR_MS / timeScale, MIN_SLOPE_SPAN_MS);
}

/** Every metric of control alone, for a baseline. Growth and counts have none. */
export function measureBaseline(
  metrics: Readonly<Record<string, Metric>>,
  telemetry: Window,
  context: LevelContext,
): Readonly<Record<string, Reference>> {
  const entries = Object.entries(metrics).flatMap(([name, planMetric]) => {
    const { metric, window } = populationOf(planMetric, telemetry, undefined);
    const { value, samples } = level(name, metric, window, context, false).control;
    return value === null || samples === 0 ? [] : [[name, { value, samples }] as const];
  });
  return Object.fromEntries(entries);
}

/** Fingerprints of both sides since `from`. */
export function errorsSeen(
  window: Window,
  from: number,
): { readonly control: readonly SeenError[]; readonly candidate: readonly SeenError[] } {
  const calls = window.calls(from, null);
  return { control: calls.control.fingerprints, candidate: calls.candidate.fingerprints };
}

/** Instances report once a second: no window can be shorter than a few reports, however fast the run's clock is. */
const MIN_WINDOW_MS = 4_000;
const MIN_EVERY_MS = 1_000;
const MIN_MAX_AGE_MS = 4_000;

/** The plan's settings on a run's clock. @param timeScale 1 is the plan's own clock, 14400 plays an hour in 250 ms */
export function scaleSettings(settings: MeasureSettings, timeScale: number): MeasureSettings {
  const scaled = (ms: number, least: number): number =>
    timeScale === 1 ? ms : Math.max(ms / timeScale, least);
  return {
    ...settings,
    windowMs: scaled(settings.windowMs, Math.min(MIN_WINDOW_MS, settings.windowMs)),
    everyMs: scaled(settings.everyMs, Math.min(MIN_EVERY_MS, settings.everyMs)),
    maxAgeMs: scaled(settings.maxAgeMs, Math.min(MIN_MAX_AGE_MS, settings.maxAgeMs)),
    warmupMs: settings.warmupMs / timeScale,
  };
}
