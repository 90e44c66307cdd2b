import { sumShadowed } from '../gate/index.ts';
import { SketchSum, type OperationBatch, type ShadowBatch } from '../measure/index.ts';

export type SideSum = { calls: number; errors: number; readonly latency: SketchSum };

/** What both sides of one operation did, and what the shadow saw of it. */
export type OperationSum = {
  readonly repository: string;
  readonly operation: string;
  readonly control: SideSum;
  readonly candidate: SideSum;
  sampled: number;
  compared: number;
  mismatched: number;
};

/** Sums by operation. They add up in any order. */
export class OperationSums {
  readonly #sums = new Map<string, OperationSum>();

  addCalls(batch: OperationBatch): void {
    const { calls, errors, latency } = batch;
    const sum = this.#of(batch)[batch.side];
    sum.calls += calls;
    sum.errors += errors;
    sum.latency.add(latency);
  }

  addShadow(batch: ShadowBatch): void {
    const { compared, differed } = sumShadowed([batch], null);
    const sum = this.#of(batch);
    sum.sampled += batch.sampled;
    sum.compared += compared;
    sum.mismatched += differed;
  }

  /** @param as counts it as another operation's */
  add(from: OperationSum, as: Pick<OperationSum, 'repository' | 'operation'> = from): void {
    addSum(this.#of(as), from);
  }

  get all(): readonly OperationSum[] {
    return [...this.#sums.values()];
  }

  /** All operations of these repositories together; `null` is all. */
  total(repositories: readonly string[] | null): OperationSum {
    const total = emptySum('', '');
    for (const one of this.#sums.values())
      if (repositories === null || repositories.includes(one.repository)) addSum(total, one);
    return total;
  }

  #of({ repository, operation }: Pick<OperationSum, 'repository' | 'operation'>): OperationSum {
    const key = `${repository}\n${operation}`;
    const known = this.#sums.get(key) ?? emptySum(repository, operation);
    this.#sums.set(key, known);
    return known;
  }
}

export function emptySum(repository: string, operation: string): OperationSum {
  const side = (): SideSum => ({ calls: 0, errors: 0, latency: new SketchSum() });
  const none = { sampled: 0, compared: 0, mismatched: 0 };
  return { repository, operation, control: side(), candidate: side(), ...none };
}

function addSum(into: OperationSum, from: OperationSum): void {
  for (const side of ['control', 'candidate'] as const) {
    into[side].calls += from[side].calls;
    into[side].errors += from[side].errors;
    into[side].latency.addSum(from[side].latency);
  }
  into.sampled += from.sampled;
  into.compared += from.compared;
  into.mismatched += from.mismatched;
}
