import type { CompareRules, Difference } from '../compare/index.ts';
import type {
  ComparedBy,
  MismatchGroup,
  MismatchSample,
  ShadowBatch,
  ShadowState,
} from '../measure/index.ts';

/** Groups that one operation keeps in one batch; of further ones only that they were is counted. */
const MOST_GROUPS = 50;

type Counted = Omit<MismatchGroup, 'count' | 'lastAt'> & { count: number; lastAt: number };
type Counts = {
  sampled: number;
  readonly states: Partial<Record<ShadowState, number>>;
  readonly reasons: Record<string, number>;
};

/** What the shadow of one operation saw since the last drain, in bounded memory. */
export type Tally = {
  sampled(): void;
  /** @param reason one of a few words, which `shadowReason` of the reports spells out */
  ended(state: ShadowState, reason?: string): void;
  /** @param sample made only for the first of a group */
  difference(
    difference: Difference,
    more: Pick<MismatchGroup, 'id' | 'ignored' | 'noise'> & { readonly at: number },
    sample: () => MismatchSample | undefined,
  ): void;
  /** `undefined` when there was nothing. */
  readonly drain: () => ShadowBatch | undefined;
};

export function tallyOf(repository: string, operation: string, rules: CompareRules): Tally {
  const groups = new Map<string, Counted>();
  let counts = noCounts();
  return {
    sampled() {
      counts.sampled += 1;
    },
    ended(state, reason) {
      addOne(counts.states, state);
      if (reason) addOne(counts.reasons, reason);
    },
    difference({ kind, path, as, note }, { at, ...more }, sample) {
      let group = groups.get(more.id);
      if (!group) {
        if (groups.size >= MOST_GROUPS) return addOne(counts.reasons, 'groups');
        group = { ...more, kind, path, as, note, count: 0, firstAt: at, lastAt: at, sample: sample() };
        groups.set(more.id, group);
      }
      group.count += 1;
      group.lastAt = at;
    },
    drain: () => {
      if (counts.sampled === 0 && Object.keys(counts.states).length === 0) return undefined;
      const batch = {
        repository,
        operation,
        ...counts,
        groups: [...groups.values()],
        ...(groups.size > 0 && { rules: comparedBy(rules) }),
      };
      counts = noCounts();
      groups.clear();
      return batch;
    },
  };
}

function noCounts(): Counts {
  return { sampled: 0, states: {}, reasons: {} };
}

function addOne<K extends string>(counts: Partial<Record<K, number>>, name: K): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What is sent is what somebody wrote; how it is looked up stays here. */
function comparedBy({ ordered, key, same, ignore }: CompareRules): ComparedBy {
  return { ordered, key, same, ignore: ignore.map(({ rule }) => rule) };
}
