import { latencyOf } from '../gate/index.ts';
import { OperationSums, type OperationSum, type SideSum } from './operation-sums.ts';
import type { Cell } from './telemetry-cell.ts';
import type { Stretches } from './telemetry-history.ts';

/** A number for each stretch of time; `null` is not known, never zero. */
export type Points = readonly (number | null)[];

export type SideSeries = {
  readonly calls: Points;
  readonly errors: Points;
  /** Milliseconds. */
  readonly p50: Points;
  readonly p95: Points;
  readonly p99: Points;
};

export type RepositorySeries = {
  readonly repository: string;
  readonly control: SideSeries;
  readonly candidate: SideSeries;
  readonly shadow: { readonly sampled: Points; readonly compared: Points; readonly mismatched: Points };
};

export type OperationTotals = {
  readonly repository: string;
  readonly operation: string;
  readonly control: SideTotals;
  readonly candidate: SideTotals;
  readonly sampled: number;
  readonly compared: number;
  readonly mismatched: number;
};

type SideTotals = { readonly calls: number; readonly errors: number; readonly p95: number | null };

export type Series = {
  readonly bucketMs: number;
  /** When each stretch begins, wall-clock milliseconds. */
  readonly times: readonly number[];
  /** For how long an instance reported in it, on average: calls a second are calls by so many milliseconds. */
  readonly coveredMs: Points;
  readonly instances: Points;
  /** The newest routing epoch that was reported under. */
  readonly epochs: Points;
  readonly repositories: readonly RepositorySeries[];
  readonly operations: readonly OperationTotals[];
};

/** What charts draw, of these repositories. Pure. */
export function seriesOf({ sizeMs, from, cells }: Stretches, repositories: readonly string[]): Series {
  const each = (read: (cell: Cell) => number | null): Points =>
    cells.map((cell) => (cell === null ? null : read(cell)));
  return {
    bucketMs: sizeMs,
    times: cells.map((_, index) => from + index * sizeMs),
    coveredMs: each(({ coveredMs }) => Math.round(coveredMs)),
    instances: each(({ size }) => size),
    epochs: each(({ epoch }) => epoch),
    repositories: repositories.map((name) => repositorySeries(name, cells)),
    operations: operationTotals(cells, repositories),
  };
}

function repositorySeries(repository: string, cells: Stretches['cells']): RepositorySeries {
  const totals = cells.map((cell) => cell?.total([repository]) ?? null);
  const each = (read: (total: OperationSum) => number | null): Points =>
    totals.map((total) => (total === null ? null : read(total)));
  const side = (wanted: 'control' | 'candidate'): SideSeries => {
    const latency = totals.map((total) => (total === null ? null : timesOf(total[wanted])));
    return {
      calls: each((total) => total[wanted].calls),
      errors: each((total) => total[wanted].errors),
      p50: latency.map((read) => read?.(50) ?? null),
      p95: latency.map((read) => read?.(95) ?? null),
      p99: latency.map((read) => read?.(99) ?? null),
    };
  };
  return {
    repository,
    control: side('control'),
    candidate: side('candidate'),
    shadow: {
      sampled: each(({ sampled }) => sampled),
      compared: each(({ compared }) => compared),
      mismatched: each(({ mismatched }) => mismatched),
    },
  };
}

/** What one side did over a longer time. Milliseconds; `null` where nobody called. */
export type SideNumbers = {
  readonly calls: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

export function numbersOf(sum: SideSum): SideNumbers {
  const times = timesOf(sum);
  return { calls: sum.calls, errors: sum.errors, p50: times(50), p95: times(95), p99: times(99) };
}

/** A percentile to four figures: it is known within one percent. */
function timesOf(sum: SideSum): (percentile: number) => number | null {
  const latency = sum.latency.data();
  const calls = { calls: sum.calls, errors: sum.errors, latency, fingerprints: [] };
  return (percentile) => {
    const value = latencyOf(calls, percentile);
    return value === null ? null : Number(value.toPrecision(4));
  };
}

function operationTotals(
  cells: Stretches['cells'],
  repositories: readonly string[],
): readonly OperationTotals[] {
  const sums = new OperationSums();
  for (const cell of cells)
    for (const one of cell?.operations ?? []) if (repositories.includes(one.repository)) sums.add(one);
  const side = (sum: SideSum): SideTotals => ({
    calls: sum.calls,
    errors: sum.errors,
    p95: timesOf(sum)(95),
  });
  const busy = ({ control, candidate }: OperationTotals): number => control.calls + candidate.calls;
  return sums.all
    .map(({ control, candidate, ...one }) => ({
      ...one,
      control: side(control),
      candidate: side(candidate),
    }))
    .toSorted((a, b) => busy(b) - busy(a) || (a.operation < b.operation ? -1 : 1));
}
