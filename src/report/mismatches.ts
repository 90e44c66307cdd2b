import { noted } from '../compare/index.ts';
import { parseTelemetryBatch, type MismatchGroup, type ShadowBatch } from '../measure/index.ts';
import type { Store } from '../store/index.ts';
import { shadowReason } from './shadow-reason.ts';

/** What the shadow of one operation saw, over all instances. */
export type ShadowedTotals = Pick<
  ShadowBatch,
  'repository' | 'operation' | 'sampled' | 'states' | 'reasons' | 'rules'
>;

/** Differences of one kind at one place, over all instances. */
export type Mismatch = MismatchGroup & {
  readonly repository: string;
  readonly operation: string;
  readonly instances: readonly string[];
  /** The routing states under which it was first and last seen. */
  readonly epochs: { readonly first: number; readonly last: number };
};

export type Mismatches = {
  readonly operations: readonly ShadowedTotals[];
  /** What counts before what is ignored, and then the most frequent first. */
  readonly groups: readonly Mismatch[];
};

type Reported = {
  readonly instance: string;
  readonly epoch: number;
  readonly shadow: readonly ShadowBatch[];
};

const PAGE = 1_000;

/** What the shadow saw, as far back as the store keeps telemetry. */
export async function readMismatches(store: Store, stream: string): Promise<Mismatches> {
  const reported: Reported[] = [];
  for (let after = 0; ;) {
    const records = await store.telemetry(stream, after, PAGE);
    for (const { id, instance, body } of records) {
      after = id;
      const batch = parseTelemetryBatch(body);
      if (batch?.shadow !== undefined) reported.push({ instance, epoch: batch.epoch, shadow: batch.shadow });
    }
    if (records.length < PAGE) return mergeMismatches(reported);
  }
}

/** Batches in the order in which they were reported; of a group the newest sample is kept. */
export function mergeMismatches(reported: readonly Reported[]): Mismatches {
  const operations = new Map<string, ShadowedTotals>();
  const groups = new Map<string, Mismatch>();
  for (const { instance, epoch, shadow } of reported) {
    for (const batch of shadow) {
      const key = `${batch.repository}\n${batch.operation}`;
      operations.set(key, addTotals(operations.get(key), batch));
      for (const group of batch.groups) {
        const known = `${group.id} ${group.ignored ?? ''}`;
        groups.set(known, addGroup(groups.get(known), noted(group), batch, { instance, epoch }));
      }
    }
  }
  return { operations: [...operations.values()], groups: [...groups.values()].toSorted(worstFirst) };
}

function addTotals(
  known: ShadowedTotals | undefined,
  { repository, operation, sampled, states, reasons, rules = known?.rules }: ShadowBatch,
): ShadowedTotals {
  return {
    repository,
    operation,
    sampled: (known?.sampled ?? 0) + sampled,
    states: addCounts(known?.states ?? {}, states),
    reasons: addCounts(known?.reasons ?? {}, reasons, shadowReason),
    ...(rules === undefined ? {} : { rules }),
  };
}

function addGroup(
  known: Mismatch | undefined,
  group: MismatchGroup,
  { repository, operation }: ShadowBatch,
  { instance, epoch }: Omit<Reported, 'shadow'>,
): Mismatch {
  if (known === undefined)
    return { ...group, repository, operation, instances: [instance], epochs: { first: epoch, last: epoch } };
  return {
    ...known,
    ...group,
    count: known.count + group.count,
    firstAt: Math.min(known.firstAt, group.firstAt),
    lastAt: Math.max(known.lastAt, group.lastAt),
    instances: [...new Set([...known.instances, instance])],
    epochs: { first: Math.min(known.epochs.first, epoch), last: Math.max(known.epochs.last, epoch) },
  };
}

function addCounts(
  one: Readonly<Record<string, number | undefined>>,
  other: Readonly<Record<string, number | undefined>>,
  said: (name: string) => string = (name) => name,
): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, count = 0] of [...Object.entries(one), ...Object.entries(other)])
    sum[said(name)] = (sum[said(name)] ?? 0) + count;
  return sum;
}

function worstFirst(one: Mismatch, other: Mismatch): number {
  const counts = ({ ignored }: Mismatch): number => (ignored === undefined ? 0 : 1);
  return counts(one) - counts(other) || other.count - one.count || (one.id < other.id ? -1 : 1);
}
