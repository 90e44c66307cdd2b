import type { TelemetryBatch } from '../measure/index.ts';
import { OperationSums, type OperationSum } from './operation-sums.ts';

/** What is known of one stretch of time, wherever it was kept. */
export interface Cell {
  /** The newest routing epoch under which anything was reported. */
  readonly epoch: number;
  /** How many instances reported. */
  readonly size: number;
  /** For how long an instance reported, milliseconds: a call a second is one in so long. */
  readonly coveredMs: number;
  readonly operations: readonly OperationSum[];
  /** All operations of these repositories together; `null` is all. */
  total(repositories: readonly string[] | null): OperationSum;
}

/** What all instances reported in one stretch of time. */
export class TelemetryCell implements Cell {
  readonly #sums = new OperationSums();
  /** Milliseconds that each instance's reports cover. */
  readonly #spans = new Map<string, number>();
  #epoch = 0;

  add(instance: string, { spanMs, epoch, operations, shadow = [] }: TelemetryBatch): void {
    this.#spans.set(instance, (this.#spans.get(instance) ?? 0) + spanMs);
    this.#epoch = Math.max(this.#epoch, epoch);
    for (const operation of operations) this.#sums.addCalls(operation);
    for (const batch of shadow) this.#sums.addShadow(batch);
  }

  /** Adds what another one has. What they cover is added, too: they are of different times. */
  merge(other: TelemetryCell): void {
    for (const [instance, spanMs] of other.#spans)
      this.#spans.set(instance, (this.#spans.get(instance) ?? 0) + spanMs);
    this.#epoch = Math.max(this.#epoch, other.#epoch);
    for (const from of other.operations) this.#sums.add(from);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get instances(): readonly string[] {
    return [...this.#spans.keys()];
  }

  get size(): number {
    return this.#spans.size;
  }

  /** On average over the instances. */
  get coveredMs(): number {
    const spans = [...this.#spans.values()];
    return spans.length === 0 ? 0 : spans.reduce((sum, span) => sum + span, 0) / spans.length;
  }

  get operations(): readonly OperationSum[] {
    return this.#sums.all;
  }

  total(repositories: readonly string[] | null): OperationSum {
    return this.#sums.total(repositories);
  }
}
