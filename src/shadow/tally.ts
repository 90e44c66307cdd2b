import type { CompareRules, Difference } from '../compare/index.ts';
import type {
  ComparedBy,
  MismatchGroup,
  MismatchSample,
  ShadowBatch,
  ShadowState,
} from '../measure/index.ts';

/** Groups and reasons that one operation keeps in one batch; further ones are counted together. */
const MOST_GROUPS = 50;
const MOST_REASONS = 20;

type Counted = Omit<MismatchGroup, 'count' | 'lastAt'> & { count: number; lastAt: number };

/** What the shadow of one operation saw since the last drain, in bounded memory. */
export type Tally = {
  sampled(): void;
  ended(state: ShadowState, reason?: string): void;
  /** @param sample made only for the first of a group */
  difference(
    difference: Difference,
    more: Pick<MismatchGroup, 'id' | 'ignored' | 'noise'> & { readonly at: number },
    sample: () => MismatchSample,
  ): void;
  /** `undefined` when there was nothing. */
  readonly drain: () => ShadowBatch | undefined;
};

export function tallyOf(repository: string, operation: string, rules: CompareRules): Tally {
  const groups = new Map<string, Counted>();
  let states: Partial<Record<ShadowState, number>> = {};
  let reasons = new Map<string, number>();
  let sampled = 0;
  const because = (reason: string): void => {
    const known = reasons.has(reason) || reasons.size < MOST_REASONS ? reason : 'other reasons';
    reasons.set(known, (reasons.get(known) ?? 0) + 1);
  };
  return {
    sampled() {
      sampled += 1;
    },
    ended(state, reason) {
      states[state] = (states[state] ?? 0) + 1;
      if (reason) because(reason);
    },
    difference({ kind, path, as, note }, { at, ...more }, sample) {
      let group = groups.get(more.id);
      if (!group) {
        if (groups.size >= MOST_GROUPS) return because('more groups than are kept');
        group = { ...more, kind, path, as, note, count: 0, firstAt: at, lastAt: at, sample: sample() };
        groups.set(more.id, group);
      }
      group.count += 1;
      group.lastAt = at;
    },
    drain: () => {
      if (sampled === 0 && Object.keys(states).length === 0) return undefined;
      const batch = {
        repository,
        operation,
        sampled,
        states,
        reasons: Object.fromEntries(reasons),
        groups: [...groups.values()],
        ...(groups.size > 0 && { rules: comparedBy(rules) }),
      };
      sampled = 0;
      states = {};
      reasons = new Map();
      groups.clear();
      return batch;
    },
  };
}

/** What is sent is what somebody wrote; how it is looked up stays here. */
function comparedBy({ ordered, key, same, ignore }: CompareRules): ComparedBy {
  return { ordered, key, same: [...same], ignore: ignore.map(({ rule }) => rule) };
}
