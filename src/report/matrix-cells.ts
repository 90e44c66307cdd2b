import { formatMeasure, latencyOf } from '../gate/index.ts';
import type { Plan, Row } from '../plan/index.ts';
import type { SideSum } from './operation-sums.ts';
import type { TelemetryCell } from './telemetry-cell.ts';

/** One repository's part in a row. */
export type MatrixCell = {
  readonly repository: string;
  /**
   * `not applicable`: the row is not about it. `no data`: too little to say. The others say where the number lies, which is
   * no verdict: a row is judged over all of its repositories.
   */
  readonly level: 'not applicable' | 'no data' | 'within' | 'yellow' | 'red';
  readonly value: string;
  readonly reference: string | null;
  readonly samples: number;
};

type Measured = { readonly value: number | null; readonly samples: number };

/** What each repository's own numbers say of a row in the window of a look; empty for what is not of repositories. */
export function matrixCells(
  plan: Plan,
  row: Row,
  seen: TelemetryCell,
  baseline: Readonly<Record<string, { readonly value: number }>>,
): readonly MatrixCell[] {
  const metric = plan.metrics[row.metric];
  if (metric?.kind !== 'errorRate' && metric?.kind !== 'latency' && metric?.kind !== 'mismatchRate')
    return [];
  if ('of' in metric && metric.of !== undefined) return [];
  return Object.keys(plan.repositories).map((repository): MatrixCell => {
    const nothing = { repository, value: '-', reference: null, samples: 0 };
    if (metric.repositories !== null && !metric.repositories.includes(repository))
      return { ...nothing, level: 'not applicable' };
    const total = seen.total([repository]);
    const side = (sum: SideSum): Measured => {
      if (metric.kind === 'mismatchRate') return { value: null, samples: 0 };
      return metric.kind === 'errorRate' ? share(sum.errors, sum.calls) : timeOf(sum, metric.quantile);
    };
    const candidate =
      metric.kind === 'mismatchRate' ? share(total.mismatched, total.compared) : side(total.candidate);
    const reference =
      row.against === 'baseline' ? (baseline[row.metric]?.value ?? null) : side(total.control).value;
    const compared = comparedWith(row, candidate.value, reference);
    const { samples } = candidate;
    const isKnown = compared !== null && samples >= row.minSamples;
    return {
      repository,
      level: isKnown ? levelOf(row, compared) : 'no data',
      value: formatMeasure({ against: 'value' }, metric, candidate.value),
      reference: reference === null ? null : formatMeasure({ against: 'value' }, metric, reference),
      samples,
    };
  });
}

function share(part: number, all: number): Measured {
  return { value: all === 0 ? null : part / all, samples: all };
}

function timeOf(sum: SideSum, quantile: number): Measured {
  const latency = sum.latency.data();
  const value = latencyOf({ calls: sum.calls, errors: sum.errors, latency, fingerprints: [] }, quantile);
  return { value, samples: sum.calls };
}

/** What the limits are about: the value, or how much more than the reference it is. */
function comparedWith({ against }: Row, value: number | null, reference: number | null): number | null {
  if (value === null || against === 'value') return value;
  if (against === 'hour' || reference === null) return null;
  if (reference === 0) return value === 0 ? 0 : null;
  return (value - reference) / reference;
}

function levelOf({ yellow, red }: Row, compared: number): 'within' | 'yellow' | 'red' {
  if (compared > red) return 'red';
  return yellow < red && compared >= yellow ? 'yellow' : 'within';
}
