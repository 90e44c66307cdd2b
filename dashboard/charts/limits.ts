import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import type { Line, Points } from './chart.ts';

type Limit = SeriesDocument['limits'][number];
type Repository = SeriesDocument['repositories'][number];

/** Limits that are looked at now: the matrix always, and the gate of the current step. */
export function limitsFor(
  { limits, gate }: Pick<SeriesDocument, 'limits' | 'gate'>,
  of: Limit['of'],
  repository: string,
): readonly Limit[] {
  return limits.filter(
    (limit) =>
      limit.of === of &&
      (limit.gate === 'matrix' || limit.gate === gate) &&
      (limit.repositories === null || limit.repositories.includes(repository)),
  );
}

/** A limit as lines: straight ones where it is a number, else as far above control as it allows. */
export function limitLines(limit: Limit, control: Points | null, length: number): readonly Line[] {
  const { yellow, red } = limit;
  const each = [['red', red, limit.redAt] as const];
  const all = yellow < red ? [['yellow', yellow, limit.yellowAt] as const, ...each] : each;
  return all.flatMap(([tone, share, at]): readonly Line[] => {
    const label = `${tone} limit: ${limit.title}`;
    if (at !== null) return [{ label, tone, points: Array.from({ length }, () => at) }];
    if (limit.against !== 'control' || control === null) return [];
    const points = control.map((value) => (value === null ? null : value * (1 + share)));
    return [{ label: `${label}, over control`, tone, points }];
  });
}

/** Control's own line that a limit is drawn from; a percentile that is not drawn has none. */
export function controlOf({ control }: Repository, { of, quantile }: Limit): Points | null {
  if (of === 'latency') return { 50: control.p50, 95: control.p95, 99: control.p99 }[quantile ?? 0] ?? null;
  if (of === 'mismatchRate') return null;
  return control.calls.map((calls, index) => shareOf(control.errors[index], calls));
}

/** @returns `null` where nothing was counted */
export function shareOf(part: number | null | undefined, all: number | null | undefined): number | null {
  return part == null || all == null || all === 0 ? null : part / all;
}
