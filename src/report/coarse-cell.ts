import { OperationSums, type OperationSum } from './operation-sums.ts';
import type { Cell } from './telemetry-cell.ts';

/** Of a fleet in one stretch of time. */
export type Reach = { readonly coveredMs: number; readonly instances: number; readonly epoch: number };

const NO_REACH: Reach = { coveredMs: 0, instances: 0, epoch: 0 };

/** What happened in one stretch of time, as records have it: without the names of instances. */
export class CoarseCell implements Cell {
  readonly #sums = new OperationSums();
  #reach = NO_REACH;

  get coveredMs(): number {
    return this.#reach.coveredMs;
  }

  get size(): number {
    return this.#reach.instances;
  }

  get epoch(): number {
    return this.#reach.epoch;
  }

  get operations(): readonly OperationSum[] {
    return this.#sums.all;
  }

  total(repositories: readonly string[] | null): OperationSum {
    return this.#sums.total(repositories);
  }

  add(sum: OperationSum): void {
    this.#sums.add(sum);
  }

  reached(reach: Reach): void {
    this.#reach = together(this.#reach, reach);
  }

  /** Adds a stretch of another time. */
  follow(other: CoarseCell): void {
    const coveredMs = this.coveredMs + other.coveredMs;
    this.#reach = { ...together(this.#reach, other.#reach), coveredMs };
    for (const sum of other.operations) this.add(sum);
  }
}

/** Several records of the same stretch: a report that came late covers no time that the others do not. */
function together(one: Reach, other: Reach): Reach {
  return {
    coveredMs: Math.max(one.coveredMs, other.coveredMs),
    instances: Math.max(one.instances, other.instances),
    epoch: Math.max(one.epoch, other.epoch),
  };
}
