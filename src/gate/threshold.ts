import type { Metric, Row } from '../plan/index.ts';
import { sumOf, type Counts } from './counts.ts';
import type { RowMeasure } from './judge.ts';

/** Latency: control's percentile that limits are drawn from, and control's calls and hits since it was taken. */
export type Threshold = { readonly ms: number; readonly calls: number; readonly hits: number };

/** For latency the tolerance is in the time, which a limit relative to control has already; this is the least. */
const LATENCY_TOLERANCE = 1.1;

/** Control's percentile is taken anew when control left it: by this factor, after so many of its calls. */
const DRIFT = 2;
const DRIFT_CALLS = 2_000;

export function watched(row: Row, counts: Counts, threshold: Threshold | null): Threshold | null {
  if (threshold === null || counts.threshold !== threshold.ms || row.against !== 'control') return threshold;
  return {
    ms: threshold.ms,
    calls: threshold.calls + sumOf(counts, 'control', 'calls'),
    hits: threshold.hits + sumOf(counts, 'control', 'red'),
  };
}

/** Takes control's percentile where a limit is drawn from it. It counts from the next look on, so no look judges itself. */
export function calibrated(
  row: Row,
  metric: Metric,
  measure: RowMeasure,
  threshold: Threshold | null,
): Threshold | null {
  if (metric.kind !== 'latency' || row.against === 'value') return threshold;
  const { reference, referenceKind, referenceSamples } = measure;
  if (reference === null || referenceSamples < row.minSamples) return threshold;
  const rare = 1 - metric.quantile / 100;
  const share = threshold === null || threshold.calls < DRIFT_CALLS ? rare : threshold.hits / threshold.calls;
  const hasLeft = share > rare * DRIFT || share < rare / DRIFT;
  if (threshold !== null && !(hasLeft && referenceKind === 'control')) return threshold;
  return { ms: reference, calls: 0, hits: 0 };
}

/** The limits in milliseconds that hits of a latency row are counted by; `null` until control has a percentile. */
export function latencyLimits(
  row: Row,
  threshold: Threshold | null | undefined,
): { readonly red: number; readonly yellow: number; readonly control: number } | null {
  const yellow = Math.min(row.yellow, row.red);
  if (row.against === 'value') return { red: row.red, yellow, control: row.red };
  const from = threshold?.ms;
  if (from === undefined) return null;
  const least = row.onRed === 'rollback' ? LATENCY_TOLERANCE : 1;
  const red = from * Math.max(1 + row.red, least);
  return { red, yellow: from * (1 + yellow), control: row.against === 'control' ? from : red };
}
