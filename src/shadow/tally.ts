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
export class Tally {
  readonly #states = new Map<ShadowState, number>();
  readonly #reasons = new Map<string, number>();
  readonly #groups = new Map<string, Counted>();
  #sampled = 0;

  sampled(): void {
    this.#sampled += 1;
  }

  ended(state: ShadowState, reason?: string): void {
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1);
    if (reason !== undefined) this.#reason(reason);
  }

  /** @param sample made only for the first of a group */
  difference(
    id: string,
    { kind, path, as, note }: Difference,
    {
      ignored,
      noise,
      at,
    }: { readonly ignored: string | undefined; readonly noise: number | undefined; readonly at: number },
    sample: () => MismatchSample,
  ): void {
    const known = this.#groups.get(id);
    if (known !== undefined) {
      known.count += 1;
      known.lastAt = at;
      return;
    }
    if (this.#groups.size >= MOST_GROUPS) return this.#reason('more groups than are kept');
    this.#groups.set(id, {
      id,
      kind,
      path,
      ...(as && { as }),
      ...(note && { note }),
      ...(ignored && { ignored }),
      ...(noise !== undefined && { noise }),
      count: 1,
      firstAt: at,
      lastAt: at,
      sample: sample(),
    });
  }

  /** `undefined` when there was nothing. */
  drain(repository: string, operation: string, rules: CompareRules): ShadowBatch | undefined {
    if (this.#sampled === 0 && this.#states.size === 0) return undefined;
    const batch = {
      repository,
      operation,
      sampled: this.#sampled,
      states: Object.fromEntries(this.#states),
      reasons: Object.fromEntries(this.#reasons),
      groups: [...this.#groups.values()],
      ...(this.#groups.size === 0 ? {} : { rules: comparedBy(rules) }),
    };
    this.#sampled = 0;
    this.#states.clear();
    this.#reasons.clear();
    this.#groups.clear();
    return batch;
  }

  #reason(reason: string): void {
    const known = this.#reasons.has(reason) || this.#reasons.size < MOST_REASONS ? reason : 'other reasons';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + 1);
  }
}

/** What is sent is what somebody wrote; how it is looked up stays here. */
function comparedBy({ ordered, key, same, ignore }: CompareRules): ComparedBy {
  const written = ignore.map(({ matches: _, until: _until, ...rule }) => rule);
  return { ordered, key, same: [...same], ignore: written };
}
