import {
  requestSide,
  sketchCount,
  type OperationBatch,
  type RequestBatch,
  type TelemetryBatch,
} from '../measure/index.ts';
import type { Metric, Stage } from '../plan/index.ts';
import type { Window } from './window.ts';

/** What a metric counts: calls as they are, or what was asked for over HTTP, in the shape of calls. */
export type Population = { readonly metric: Metric; readonly window: Window };

/**
 * Requests and page views are judged exactly as calls are: a route takes the place of a repository, since routes differ as
 * repositories do. Their side is that of the repositories that the metric names, else of those whose exposure is watched:
 * while a plan raises one repository after another, hardly a request is on one side with all that it calls.
 */
export function populationOf(metric: Metric, window: Window, stage: Stage | undefined): Population {
  if ((metric.kind !== 'errorRate' && metric.kind !== 'latency') || metric.of === undefined)
    return { metric, window };
  const { of, routes } = metric;
  const repositories = metric.repositories ?? stage?.repositories ?? null;
  const read = (batch: TelemetryBatch): readonly OperationBatch[] =>
    (batch[of] ?? [])
      .filter(({ route }) => routes === undefined || routes.includes(route))
      .flatMap((one) => asCalls(one, repositories, metric.kind === 'latency'));
  return { metric: { ...metric, repositories: null }, window: window.reading(read) };
}

function asCalls(
  { route, sides, requests, errors, latency }: RequestBatch,
  repositories: readonly string[] | null,
  areTimed: boolean,
): readonly OperationBatch[] {
  const side = requestSide(sides, repositories);
  if (side !== 'control' && side !== 'candidate') return [];
  // One without a duration is no trial of how long requests take.
  const calls = areTimed ? sketchCount(latency) : requests;
  return [{ repository: route, operation: '', side, calls, errors, ignored: 0, latency, fingerprints: [] }];
}
