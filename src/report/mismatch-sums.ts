import { noted } from '../compare/index.ts';
import type { MismatchGroup, ShadowBatch } from '../measure/index.ts';
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
  /** At most a hundred are named. */
  readonly instances: readonly string[];
  /** The routing states under which it was first and last seen. */
  readonly epochs: { readonly first: number; readonly last: number };
};

export type Mismatches = {
  readonly operations: readonly ShadowedTotals[];
  /** What counts before what is ignored, and then the most frequent first. */
  readonly groups: readonly Mismatch[];
};

/** What one instance told of its shadow. */
export type Reported = {
  readonly instance: string;
  readonly epoch: number;
  readonly shadow: readonly ShadowBatch[];
};

/** Instances that are named of one mismatch. */
export const MOST_INSTANCES = 100;
/** More kinds are of an instance that makes them up; nobody reads so many. */
const MOST_GROUPS = 5_000;

/** Sums of what shadows saw. What is newer is added later: of a group the newest sample is kept. */
export class MismatchSums {
  readonly #operations = new Map<string, ShadowedTotals>();
  readonly #groups = new Map<string, Mismatch>();

  add({ instance, epoch, shadow }: Reported): void {
    for (const batch of shadow) {
      this.#addTotals(batch);
      for (const group of batch.groups) this.#addGroup(mismatchOf(group, batch, instance, epoch));
    }
  }

  /** What was summed up elsewhere. */
  addSums({ operations, groups }: Mismatches): void {
    for (const totals of operations) this.#addTotals(totals);
    for (const group of groups) this.#addGroup(group);
  }

  /** Takes samples and rules of what was counted already. */
  recall({ shadow }: Reported): void {
    for (const { repository, operation, rules, groups } of shadow) {
      const key = `${repository}\n${operation}`;
      const totals = this.#operations.get(key);
      if (totals !== undefined && rules !== undefined) this.#operations.set(key, { ...totals, rules });
      for (const group of groups) {
        const known = this.#groups.get(keyOf(group));
        if (known !== undefined && group.sample !== undefined)
          this.#groups.set(keyOf(group), { ...known, sample: group.sample });
      }
    }
  }

  get all(): Mismatches {
    return {
      operations: [...this.#operations.values()],
      groups: [...this.#groups.values()].toSorted(worstFirst),
    };
  }

  #addTotals({ repository, operation, sampled, states, reasons, rules }: ShadowedTotals): void {
    const key = `${repository}\n${operation}`;
    const known = this.#operations.get(key);
    const compared = rules ?? known?.rules;
    this.#operations.set(key, {
      repository,
      operation,
      sampled: (known?.sampled ?? 0) + sampled,
      states: addCounts(known?.states ?? {}, states),
      reasons: addCounts(known?.reasons ?? {}, reasons, shadowReason),
      ...(compared === undefined ? {} : { rules: compared }),
    });
  }

  #addGroup(group: Mismatch): void {
    const known = this.#groups.get(keyOf(group));
    if (known === undefined && this.#groups.size >= MOST_GROUPS) return;
    this.#groups.set(keyOf(group), known === undefined ? group : together(known, group));
  }
}

function keyOf({ id, ignored }: Pick<MismatchGroup, 'id' | 'ignored'>): string {
  return `${id} ${ignored ?? ''}`;
}

function mismatchOf(
  group: MismatchGroup,
  { repository, operation }: ShadowBatch,
  instance: string,
  epoch: number,
): Mismatch {
  const epochs = { first: epoch, last: epoch };
  return { ...noted(group), repository, operation, instances: [instance], epochs };
}

function together(known: Mismatch, group: Mismatch): Mismatch {
  return {
    ...known,
    ...group,
    count: known.count + group.count,
    firstAt: Math.min(known.firstAt, group.firstAt),
    lastAt: Math.max(known.lastAt, group.lastAt),
    instances: [...new Set([...known.instances, ...group.instances])].slice(0, MOST_INSTANCES),
    epochs: {
      first: Math.min(known.epochs.first, group.epochs.first),
      last: Math.max(known.epochs.last, group.epochs.last),
    },
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
