import { noted } from '../compare/index.ts';
import type { Clock } from '../kernel/index.ts';
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

/** Between two pages others have their turn: an hour of a large fleet is read for seconds. Records. */
const PAGE = 250;
/** More kinds are of an instance that makes them up; nobody reads so many. */
const MOST_GROUPS = 5_000;

/** What the shadow saw, as far back as the store keeps telemetry. */
export async function readMismatches(
  store: Pick<Store, 'telemetry'>,
  clock: Clock,
  stream: string,
): Promise<Mismatches> {
  const merged = new Merged();
  for (let after = 0; ;) {
    const records = await store.telemetry(stream, after, PAGE);
    for (const { id, instance, body } of records) {
      after = id;
      const batch = parseTelemetryBatch(body);
      if (batch?.shadow !== undefined) merged.add({ instance, epoch: batch.epoch, shadow: batch.shadow });
    }
    if (records.length < PAGE) return merged.mismatches();
    await clock.sleep(1);
  }
}

/** Batches in the order in which they were reported; of a group the newest sample is kept. */
export function mergeMismatches(reported: readonly Reported[]): Mismatches {
  const merged = new Merged();
  for (const one of reported) merged.add(one);
  return merged.mismatches();
}

/** As large as what was found is manifold, however much was reported. */
class Merged {
  readonly #operations = new Map<string, ShadowedTotals>();
  readonly #groups = new Map<string, Mismatch>();

  add({ instance, epoch, shadow }: Reported): void {
    for (const batch of shadow) {
      const key = `${batch.repository}\n${batch.operation}`;
      this.#operations.set(key, addTotals(this.#operations.get(key), batch));
      for (const group of batch.groups) this.#addGroup(group, batch, { instance, epoch });
    }
  }

  #addGroup(group: MismatchGroup, batch: ShadowBatch, from: Omit<Reported, 'shadow'>): void {
    const key = `${group.id} ${group.ignored ?? ''}`;
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= MOST_GROUPS) return;
    this.#groups.set(key, addGroup(known, noted(group), batch, from));
  }

  mismatches(): Mismatches {
    const groups = [...this.#groups.values()].toSorted(worstFirst);
    return { operations: [...this.#operations.values()], groups };
  }
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
    instances: known.instances.includes(instance) ? known.instances : [...known.instances, instance],
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
