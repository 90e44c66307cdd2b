import type { Json } from '../kernel/index.ts';
import { parseMismatchGroups, parseShadowBatches } from '../measure/index.ts';
import type { Mismatch, Mismatches, ShadowedTotals } from './mismatch-sums.ts';
import { asRecord, countIn } from './record-body.ts';

/** Groups that one record tells apart: what counts first, then the most frequent. */
const MOST_GROUPS = 200;

/** What shadows saw, without samples: what users sent and were answered is kept as long as telemetry, and no longer. */
export function mismatchesBody({ operations, groups }: Mismatches): Json {
  const kept = groups.slice(0, MOST_GROUPS).map(({ sample: _, ...group }) => group);
  // Counts and texts of a shadow's report, which came as JSON.
  return JSON.parse(JSON.stringify({ v: 1, operations, groups: kept })) as Json;
}

/** What a record has; what cannot be read of it is left out. */
export function parseMismatches(body: Json): Mismatches {
  const from = asRecord(body);
  const groups = from?.['groups'];
  return {
    operations: parseShadowBatches(from?.['operations']).map(
      ({ groups: _, ...totals }): ShadowedTotals => totals,
    ),
    groups: Array.isArray(groups) ? groups.flatMap(parseMismatch) : [],
  };
}

function parseMismatch(json: unknown): readonly Mismatch[] {
  const from = asRecord(json);
  const [group] = parseMismatchGroups([json]);
  if (from === undefined || group === undefined) return [];
  const { repository, operation, instances } = from;
  if (typeof repository !== 'string' || typeof operation !== 'string') return [];
  const epochs = asRecord(from['epochs']);
  return [
    {
      ...group,
      repository,
      operation,
      instances: Array.isArray(instances) ? instances.map(String) : [],
      epochs: { first: countIn(epochs, 'first') ?? 0, last: countIn(epochs, 'last') ?? 0 },
    },
  ];
}
