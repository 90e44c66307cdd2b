import type { Gauges, OperationBatch, TelemetryBatch } from './batch.ts';
import { GAUGE_NAMES } from './batch.ts';
import type { RequestBatch, RequestSide } from './requests.ts';
import { parseShadowBatches } from './shadow.ts';
import { textOf } from './text-of.ts';

/**
 * A stored batch. Tolerates one from a version one step away: unknown members are dropped, missing ones are empty.
 * What is not a batch at all, or holds numbers that are none, is `undefined`: a broken report is no data.
 */
export function parseTelemetryBatch(json: unknown): TelemetryBatch | undefined {
  const from = asRecord(json);
  if (from === undefined || !Array.isArray(from['operations'])) return undefined;
  const operations = from['operations'].map(parseOperation);
  if (operations.includes(undefined)) return undefined;
  const shadow = parseShadowBatches(from['shadow']);
  const pinned = count(from['pinned']);
  const requests = parseRequests(from['requests']);
  const pages = parseRequests(from['pages']);
  return {
    v: 1,
    epoch: count(from['epoch']) ?? 0,
    spanMs: count(from['spanMs']) ?? 0,
    operations: operations.filter((operation) => operation !== undefined),
    gauges: parseGauges(from['gauges']),
    counters: Object.fromEntries(
      Object.entries(asRecord(from['counters']) ?? {}).filter((entry): entry is [string, number] =>
        Number.isFinite(entry[1]),
      ),
    ),
    keyMissing: count(from['keyMissing']) ?? 0,
    overflow: count(from['overflow']) ?? 0,
    ...(pinned === undefined ? {} : { pinned }),
    ...(shadow.length === 0 ? {} : { shadow }),
    ...(requests.length === 0 ? {} : { requests }),
    ...(pages.length === 0 ? {} : { pages }),
  };
}

function parseOperation(json: unknown): OperationBatch | undefined {
  const from = asRecord(json);
  const calls = count(from?.['calls']);
  const errors = count(from?.['errors']);
  const side = from?.['side'];
  if (
    from === undefined ||
    calls === undefined ||
    errors === undefined ||
    (side !== 'control' && side !== 'candidate')
  )
    return undefined;
  const latency = numbers(from['latency']);
  if (latency === undefined) return undefined;
  return {
    repository: textOf(from['repository']),
    operation: textOf(from['operation']),
    side,
    calls,
    errors,
    ignored: count(from['ignored']) ?? 0,
    latency,
    fingerprints: Array.isArray(from['fingerprints']) ? from['fingerprints'].flatMap(parseFingerprint) : [],
  };
}

function parseFingerprint(json: unknown): OperationBatch['fingerprints'] {
  const from = asRecord(json);
  if (from === undefined || typeof from['id'] !== 'string') return [];
  const code = typeof from['code'] === 'string' ? { code: from['code'] } : {};
  return [
    {
      id: from['id'],
      class: textOf(from['class']),
      ...code,
      message: textOf(from['message']),
      count: count(from['count']) ?? 1,
      ...(Array.isArray(from['stack']) ? { stack: from['stack'].map(textOf) } : {}),
    },
  ];
}

/** Entries that are none are left out: a row without requests knows nothing, which is never green. */
function parseRequests(json: unknown): readonly RequestBatch[] {
  return Array.isArray(json) ? json.flatMap(parseRequest) : [];
}

function parseRequest(json: unknown): readonly RequestBatch[] {
  const from = asRecord(json);
  const requests = count(from?.['requests']);
  const errors = count(from?.['errors']);
  const latency = numbers(from?.['latency']);
  if (from === undefined || requests === undefined || errors === undefined || latency === undefined)
    return [];
  const sides = Object.entries(asRecord(from['sides']) ?? {}).filter(
    (entry): entry is [string, RequestSide] => REQUEST_SIDES.includes(entry[1]),
  );
  return [
    {
      route: textOf(from['route']),
      sides: Object.fromEntries(sides),
      requests,
      errors,
      aborted: count(from['aborted']) ?? 0,
      latency,
    },
  ];
}

const REQUEST_SIDES: readonly unknown[] = ['control', 'candidate', 'both'] satisfies RequestSide[];

function parseGauges(json: unknown): Gauges {
  const from = asRecord(json) ?? {};
  const known = GAUGE_NAMES.flatMap((name) => {
    const value = from[name];
    return typeof value === 'number' && Number.isFinite(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(known);
}

/** What is missing is empty, and what holds anything but numbers is none. */
function numbers(json: unknown): readonly number[] | undefined {
  if (!Array.isArray(json)) return [];
  return json.every((value) => Number.isFinite(value)) ? json : undefined;
}

function asRecord(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
