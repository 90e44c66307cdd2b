import { sumShadowed } from '../gate/index.ts';
import { SketchSum, type OperationBatch, type ShadowBatch, type TelemetryBatch } from '../measure/index.ts';

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

/** What all instances reported in one stretch of time. */
export class TelemetryCell {
  readonly #operations = new Map<string, OperationSum>();
  /** Milliseconds that each instance's reports cover. */
  readonly #spans = new Map<string, number>();
  #epoch = 0;

  add(instance: string, { spanMs, epoch, operations, shadow = [] }: TelemetryBatch): void {
    this.#spans.set(instance, (this.#spans.get(instance) ?? 0) + spanMs);
    this.#epoch = Math.max(this.#epoch, epoch);
    for (const operation of operations) addCalls(this.#sumOf(operation), operation);
    for (const batch of shadow) addShadow(this.#sumOf(batch), batch);
  }

  /** Adds what another one has. What they cover is added, too: they are of different times. */
  merge(other: TelemetryCell): void {
    for (const [instance, spanMs] of other.#spans)
      this.#spans.set(instance, (this.#spans.get(instance) ?? 0) + spanMs);
    this.#epoch = Math.max(this.#epoch, other.#epoch);
    for (const from of other.#operations.values()) addSum(this.#sumOf(from), from);
  }

  /** The newest routing epoch under which anything was reported. */
  get epoch(): number {
    return this.#epoch;
  }

  get instances(): readonly string[] {
    return [...this.#spans.keys()];
  }

  /** For how long an instance reported, on average, milliseconds: a call a second is one in so long. */
  get coveredMs(): number {
    const spans = [...this.#spans.values()];
    return spans.length === 0 ? 0 : spans.reduce((sum, span) => sum + span, 0) / spans.length;
  }

  /** Each operation of these repositories, over all of these cells. */
  static operations(
    cells: readonly TelemetryCell[],
    repositories: readonly string[],
  ): readonly OperationSum[] {
    const sums = new TelemetryCell();
    for (const cell of cells)
      for (const one of cell.#operations.values())
        if (repositories.includes(one.repository)) addSum(sums.#sumOf(one), one);
    return [...sums.#operations.values()];
  }

  /** All operations of these repositories together; `null` is all. */
  total(repositories: readonly string[] | null): OperationSum {
    const total = emptySum('', '');
    for (const one of this.#operations.values())
      if (repositories === null || repositories.includes(one.repository)) addSum(total, one);
    return total;
  }

  #sumOf({ repository, operation }: Pick<OperationSum, 'repository' | 'operation'>): OperationSum {
    const key = `${repository}\n${operation}`;
    const known = this.#operations.get(key) ?? emptySum(repository, operation);
    this.#operations.set(key, known);
    return known;
  }
}

function emptySum(repository: string, operation: string): OperationSum {
  const side = (): SideSum => ({ calls: 0, errors: 0, latency: new SketchSum() });
  const none = { sampled: 0, compared: 0, mismatched: 0 };
  return { repository, operation, control: side(), candidate: side(), ...none };
}

function addCalls(sum: OperationSum, { side, calls, errors, latency }: OperationBatch): void {
  sum[side].calls += calls;
  sum[side].errors += errors;
  sum[side].latency.add(latency);
}

function addShadow(sum: OperationSum, batch: ShadowBatch): void {
  const { compared, differed } = sumShadowed([batch], null);
  sum.sampled += batch.sampled;
  sum.compared += compared;
  sum.mismatched += differed;
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
