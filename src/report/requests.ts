import { latencyOf } from '../gate/index.ts';
import { mergeSketches, requestSide, type RequestBatch } from '../measure/index.ts';

export type SideStatus = { readonly calls: number; readonly errors: number; readonly p95Ms: number | null };

/** What was asked for over HTTP, by the side that served it. `calls` are requests, or page views. */
export type RequestStatus = {
  /** Method and pattern; `(pages)` is what browsers say of pages. */
  readonly route: string;
  readonly control: SideStatus;
  readonly candidate: SideStatus;
  /** Evidence for neither side: met both, or called nothing that is watched. */
  readonly apart: number;
  /** Whose caller went away before the end. */
  readonly aborted: number;
};

/**
 * By route, the busiest first.
 *
 * @param repositories whose side counts: those whose exposure is watched; `null` is all
 */
export function requestsOf(
  batches: readonly RequestBatch[],
  repositories: readonly string[] | null,
): readonly RequestStatus[] {
  const total = ({ control, candidate, apart }: RequestStatus): number =>
    control.calls + candidate.calls + apart;
  return [...Map.groupBy(batches, ({ route }) => route)]
    .map(([route, mine]) => routeStatus(route, mine, repositories))
    .toSorted((a, b) => total(b) - total(a));
}

function routeStatus(
  route: string,
  batches: readonly RequestBatch[],
  repositories: readonly string[] | null,
): RequestStatus {
  const bySide = Map.groupBy(batches, ({ sides }) => requestSide(sides, repositories));
  const side = (wanted: 'control' | 'candidate'): SideStatus => {
    const mine = bySide.get(wanted) ?? [];
    const latency = mergeSketches(mine.map((one) => one.latency));
    const sum = { calls: sumOf(mine, 'requests'), errors: sumOf(mine, 'errors') };
    return { ...sum, p95Ms: latencyOf({ ...sum, latency, fingerprints: [] }, 95) };
  };
  return {
    route,
    control: side('control'),
    candidate: side('candidate'),
    apart: sumOf([...(bySide.get('both') ?? []), ...(bySide.get('none') ?? [])], 'requests'),
    aborted: sumOf(batches, 'aborted'),
  };
}

function sumOf(batches: readonly RequestBatch[], what: 'requests' | 'errors' | 'aborted'): number {
  return batches.reduce((sum, one) => sum + one[what], 0);
}
