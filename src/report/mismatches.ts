import { parseTelemetryBatch, type MismatchGroup, type ShadowBatch } from '../measure/index.ts';
import type { Store } from '../store/index.ts';

/** What the shadow of one operation saw, over all instances. */
export type ShadowedTotals = Pick<ShadowBatch, 'repository' | 'operation' | 'sampled' | 'states' | 'reasons'>;

/** Differences of one kind at one place, over all instances. */
export type Mismatch = MismatchGroup & {
  readonly repository: string;
  readonly operation: string;
  readonly instances: readonly string[];
};

export type Mismatches = {
  readonly operations: readonly ShadowedTotals[];
  /** What counts before what is ignored, and then the most frequent first. */
  readonly groups: readonly Mismatch[];
};

type Reported = { readonly instance: string; readonly shadow: readonly ShadowBatch[] };

const PAGE = 1_000;

/** What the shadow saw, as far back as the store keeps telemetry. */
export async function readMismatches(store: Store, stream: string): Promise<Mismatches> {
  const reported: Reported[] = [];
  for (let after = 0; ;) {
    const records = await store.telemetry(stream, after, PAGE);
    for (const { id, instance, body } of records) {
      after = id;
      const shadow = parseTelemetryBatch(body)?.shadow;
      if (shadow !== undefined) reported.push({ instance, shadow });
    }
    if (records.length < PAGE) return mergeMismatches(reported);
  }
}

/** Batches in the order in which they were reported; of a group the newest sample is kept. */
export function mergeMismatches(reported: readonly Reported[]): Mismatches {
  const operations = new Map<string, ShadowedTotals>();
  const groups = new Map<string, Mismatch>();
  for (const { instance, shadow } of reported) {
    for (const batch of shadow) {
      const key = `${batch.repository}\n${batch.operation}`;
      operations.set(key, addTotals(operations.get(key), batch));
      for (const group of batch.groups) {
        const known = `${group.id} ${group.ignored ?? ''}`;
        groups.set(known, addGroup(groups.get(known), group, batch, instance));
      }
    }
  }
  return { operations: [...operations.values()], groups: [...groups.values()].toSorted(worstFirst) };
}

function addTotals(
  known: ShadowedTotals | undefined,
  { repository, operation, sampled, states, reasons }: ShadowBatch,
): ShadowedTotals {
  return {
    repository,
    operation,
    sampled: (known?.sampled ?? 0) + sampled,
    states: addCounts(known?.states ?? {}, states),
    reasons: addCounts(known?.reasons ?? {}, reasons),
  };
}

function addGroup(
  known: Mismatch | undefined,
  group: MismatchGroup,
  { repository, operation }: ShadowBatch,
  instance: string,
): Mismatch {
  if (known === undefined) return { ...group, repository, operation, instances: [instance] };
  return {
    ...known,
    ...group,
    count: known.count + group.count,
    firstAt: Math.min(known.firstAt, group.firstAt),
    lastAt: Math.max(known.lastAt, group.lastAt),
    instances: [...new Set([...known.instances, instance])],
  };
}

function addCounts(
  one: Readonly<Record<string, number | undefined>>,
  other: Readonly<Record<string, number | undefined>>,
): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, count = 0] of [...Object.entries(one), ...Object.entries(other)])
    sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function worstFirst(one: Mismatch, other: Mismatch): number {
  const counts = ({ ignored }: Mismatch): number => (ignored === undefined ? 0 : 1);
  return counts(one) - counts(other) || other.count - one.count || (one.id < other.id ? -1 : 1);
}
