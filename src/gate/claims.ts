import type { Metric, Row } from '../plan/index.ts';
import { sumOf } from './counts.ts';
import type { RowMeasure } from './judge.ts';

/** What rolls back by itself has to be so many times as bad: bursts on one side are part of life. */
const TOLERANCE = 1.5;

/** How many times as bad as control this row lets the candidate be before it acts. */
export function toleranceOf({ onRed }: Row): number {
  return onRed === 'rollback' ? TOLERANCE : 1;
}

/** Bursts multiply by a few, and a sudden fault by many: less is enough where only such a fault is bet on. */
const SUDDEN_TOLERANCE = 1.2;

/** The same for the bets on a fault that began a moment ago. */
export function suddenToleranceOf(row: Row): number {
  const least = Math.min(toleranceOf(row), SUDDEN_TOLERANCE);
  return row.against === 'control' ? Math.max(1 + row.red, least) : least;
}

export type Claims = { readonly beyond: number; readonly warning: number; readonly fine: number };

/** What is claimed of the candidate: a ratio to control's rate in the same look, or a share of its calls. */
export function claimsOf(row: Row, metric: Metric, measure: RowMeasure, spread: number): Claims {
  const tolerance = toleranceOf(row);
  const yellow = Math.min(row.yellow, row.red);
  if (metric.kind === 'latency') {
    // Limits are in the times that hits are counted by: what is left is the share of calls beyond them.
    const rare = 1 - metric.quantile / 100;
    if (row.against === 'value') return { beyond: rare, warning: rare, fine: rare };
    if (measure.referenceKind === 'control') return { beyond: spread, warning: spread, fine: 1 };
    const most = upperShare(rare, measure.referenceSamples);
    return { beyond: most, warning: most, fine: rare };
  }
  if (metric.kind === 'mismatchRate') {
    const noise = noiseIn(measure);
    return { beyond: row.red + noise, warning: yellow + noise, fine: row.red };
  }
  if (row.against === 'value') return { beyond: row.red, warning: yellow, fine: row.red };
  const allowed = Math.max(1 + row.red, tolerance) * spread;
  if (measure.referenceKind === 'control')
    return { beyond: allowed, warning: (1 + yellow) * spread, fine: 1 + row.red };
  const most = upperShare(measure.reference ?? 0, measure.referenceSamples);
  return {
    beyond: most * allowed,
    warning: most * (1 + yellow),
    fine: (measure.reference ?? 0) * (1 + row.red),
  };
}

/** Share of the compared answers of this look that control would have given differently itself. */
function noiseIn({ counts }: RowMeasure): number {
  if (counts === undefined || counts === null) return 0;
  const compared = sumOf(counts, 'candidate', 'calls');
  return compared === 0 ? 0 : (counts.noise ?? 0) / compared;
}

/** 99 % point of the normal distribution. */
const Z = 2.326;

/** Wilson's upper bound of a share that was measured once: what it may really have been. */
export function upperShare(share: number, samples: number): number {
  if (samples <= 0) return 1;
  const centre = share + Z ** 2 / (2 * samples);
  const half = Z * Math.sqrt((share * (1 - share)) / samples + Z ** 2 / (4 * samples ** 2));
  return Math.min(1, (centre + half) / (1 + Z ** 2 / samples));
}
