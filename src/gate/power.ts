import { murmur3, seededRandom, type Random } from '../kernel/index.ts';
import type { Metric, Row } from '../plan/index.ts';
import type { Counts, SideCounts } from './counts.ts';
import { judgeRow, NO_MEMORY, type JudgeRules, type RowMeasure, type RowMemory } from './judge.ts';
import { drawCount, drawHits, tailPoint, upperTail } from './power-draw.ts';
import { latencyLimits } from './threshold.ts';

/** Calls of one repository while an exposure lasts. */
export type PowerStratum = {
  readonly callsPerSecond: number;
  /** The candidate's, 0..1. */
  readonly share: number;
  /** Whether this exposure is the one that brings the fault. */
  readonly isFaulty: boolean;
};

/** An exposure and how long it is looked at. */
export type PowerStage = {
  readonly id: string;
  readonly forMs: number;
  readonly strata: readonly PowerStratum[];
};

/** One row as it will be judged. */
export type PowerRow = {
  readonly row: Row;
  readonly metric: Metric;
  readonly rules: JudgeRules;
  /** What is normal: a share of calls, or milliseconds of the row's percentile. */
  readonly normal: number;
  readonly everyMs: number;
  readonly windowMs: number;
};

/** How often something is to be found for a row to be said to find it. */
export const POWER = 0.9;
/** Simulated migrations. With 160 a probability of 90 % is known to within 5. */
const RUNS = 160;
/** Looks are taken together, so many for each exposure: what is bet on adds up, and a tenth of a percent is not asked for. */
const MOST_LOOKS = 24;
const HEALTHY_LOOKS = 8;
/** Latency is taken as lognormal with this spread of its logarithm: its p99 is twice its p80. */
const SIGMA = 0.6;

/** Migrations that were healthy so far: what each of them remembers. */
export type Healthy = readonly RowMemory[];

/** Before the first look of a run. */
export const NO_HISTORY: Healthy = Array.from({ length: RUNS }, () => NO_MEMORY);

/** The same migrations after one more exposure without a fault. Seeded by its id: the same for the same arguments. */
export function healthyAfter(row: PowerRow, healthy: Healthy, stage: PowerStage): Healthy {
  const seed = murmur3(stage.id);
  return healthy.map(
    (memory, run) => play(row, stage, 1, HEALTHY_LOOKS, memory, seededRandom(seed + run * 7_919)).memory,
  );
}

/**
 * How often a candidate that is worse by `effect` from the beginning of `stage` is found before it is over, by the same judge as
 * in a run. Calls are independent, and of a constant number a second.
 *
 * @param effect how many times the normal rate of failures, or the normal time
 * @returns 0..1. The same for the same arguments: the draws are seeded
 */
export function powerOf(row: PowerRow, healthy: Healthy, stage: PowerStage, effect: number): number {
  const found = healthy.filter(
    (memory, run) => play(row, stage, effect, MOST_LOOKS, memory, seededRandom(run * 104_729 + 7)).isFound,
  );
  return found.length / healthy.length;
}

const LEAST_EFFECT = 1.05;
const STEPS = 100;

/** So many of the migrations find the neighbourhood of an effect; all of them say where exactly it is. */
const SCOUTS = 32;

/** The smallest effect that is found with 90 % probability, within five percent of it; `null` if none up to 130 times is. */
export function smallestFound(row: PowerRow, healthy: Healthy, stage: PowerStage): number | null {
  const finds = (step: number, among: Healthy): boolean =>
    powerOf(row, among, stage, LEAST_EFFECT ** (step + 1)) >= POWER;
  const scouts = healthy.slice(0, SCOUTS);
  let [low, high] = [0, STEPS];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (finds(middle, scouts)) high = middle;
    else low = middle + 1;
  }
  let step = low;
  while (step > 0 && finds(step - 1, healthy)) step -= 1;
  if (step < low) return LEAST_EFFECT ** (step + 1);
  while (step <= STEPS && !finds(step, healthy)) step += 1;
  return step > STEPS ? null : LEAST_EFFECT ** (step + 1);
}

type Played = { readonly isFound: boolean; readonly memory: RowMemory };

function play(
  row: PowerRow,
  { id, forMs, strata }: PowerStage,
  effect: number,
  most: number,
  before: RowMemory,
  random: Random,
): Played {
  const looks = Math.min(most, Math.max(1, Math.floor(forMs / row.everyMs)));
  const seconds = forMs / looks / 1_000;
  const rates = ratesOf(row, effect);
  let memory = before;
  for (let look = 0; look < looks; look += 1) {
    const drawn = strata.map((stratum) => drawStratum(stratum, seconds, rates, random));
    const counts: Counts = {
      stage: id,
      strata: drawn.filter(({ candidate }) => candidate.calls > 0),
      threshold: null,
      instances: null,
    };
    const measure = measureOf(row, strata, counts, effect);
    const result = judgeRow(row.row, row.metric, measure, memory, row.rules);
    if (result.verdict === 'fail') return { isFound: true, memory: result.memory };
    memory = result.memory;
  }
  return { isFound: false, memory };
}

/** Probabilities of a hit, at the red and at the yellow limit. */
type Rates = Readonly<
  Record<'candidate' | 'healthy' | 'control', { readonly red: number; readonly yellow: number }>
>;

function ratesOf({ row, metric, normal }: PowerRow, effect: number): Rates {
  if (metric.kind !== 'latency') {
    const both = (rate: number) => ({ red: Math.min(1, rate), yellow: Math.min(1, rate) });
    return { candidate: both(normal * effect), healthy: both(normal), control: both(normal) };
  }
  const limits = latencyLimits(row, { ms: normal, calls: 0, hits: 0 });
  const point = tailPoint(1 - metric.quantile / 100);
  const slower = (limit: number, times: number): number =>
    upperTail(point + Math.log(limit / (normal * times)) / SIGMA);
  const { red, yellow, control } = limits ?? { red: normal, yellow: normal, control: normal };
  const side = (times: number) => ({ red: slower(red, times), yellow: slower(yellow, times) });
  const ofControl = slower(control, 1);
  return { candidate: side(effect), healthy: side(1), control: { red: ofControl, yellow: ofControl } };
}

function drawStratum(
  { callsPerSecond, share, isFaulty }: PowerStratum,
  seconds: number,
  { candidate, healthy, control }: Rates,
  random: Random,
): { readonly candidate: SideCounts; readonly control: SideCounts } {
  const side = (part: number, rates: Rates['control']): SideCounts => {
    const calls = drawCount(random, callsPerSecond * part * seconds);
    const yellow = drawHits(random, calls, rates.yellow);
    // Whoever is beyond red is beyond yellow.
    const red = rates.red === rates.yellow ? yellow : drawHits(random, yellow, rates.red / rates.yellow);
    return { calls, red, yellow };
  };
  return { candidate: side(share, isFaulty ? candidate : healthy), control: side(1 - share, control) };
}

function measureOf(
  { row, metric, normal, windowMs }: PowerRow,
  strata: readonly PowerStratum[],
  counts: Counts,
  effect: number,
): RowMeasure {
  const inWindow = (part: (stratum: PowerStratum) => number): number =>
    strata.reduce((sum, one) => sum + (one.callsPerSecond * part(one) * windowMs) / 1_000, 0);
  const controlCalls = inWindow(({ share }) => (share > 0 ? 1 - share : 0));
  const hasReference = row.against === 'control' || row.against === 'baseline';
  const isPaired = row.against === 'control' && controlCalls >= row.minSamples;
  return {
    value: metric.kind === 'latency' ? normal * effect : rateOf(counts),
    reference: hasReference ? normal : null,
    referenceKind: !hasReference
      ? null
      : isPaired
        ? 'control'
        : row.against === 'control'
          ? 'frozen'
          : 'baseline',
    samples: inWindow(({ share }) => share),
    referenceSamples: isPaired
      ? controlCalls
      : Math.max(
          row.minSamples,
          inWindow(() => 1),
        ),
    ageMs: 0,
    counts,
  };
}

function rateOf({ strata }: Counts): number | null {
  const calls = strata.reduce((sum, { candidate }) => sum + candidate.calls, 0);
  return calls === 0 ? null : strata.reduce((sum, { candidate }) => sum + candidate.red, 0) / calls;
}
