import { unwrapResult } from '../kernel/index.ts';
import type { Gauges, OperationBatch, SeenError, TelemetryBatch } from './batch.ts';
import { fingerprint } from './fingerprint.ts';
import { LatencySketch } from './sketch.ts';
import { stackFrames } from './stack.ts';

/** Distinct operations that are counted apart; calls of further ones are added to `(other)`. */
const MOST_OPERATIONS = 500;
/** Distinct errors that one side of an operation keeps in one batch. */
const MOST_FINGERPRINTS = 20;
const MOST_COUNTERS = 100;
/**
 * Stacks that one batch of a process keeps. Making one is quick, unless the application maps its sources: then it takes
 * milliseconds, in the path of a caller.
 */
const MOST_STACKS = 5;
const OTHER = '(other)';

/** What one side of one operation did since the last drain. Held by the wrapped method, so a call finds it at once. */
export class OperationCell {
  readonly sketch = new LatencySketch();
  readonly errorsById = new Map<string, SeenError & { count: number }>();
  calls = 0;
  errors = 0;
  ignored = 0;
  readonly #stacks: StackBudget;

  constructor(stacks: StackBudget = { left: MOST_STACKS }) {
    this.#stacks = stacks;
  }

  /** A finished call. @param ms its duration, milliseconds */
  finished(ms: number): void {
    this.calls += 1;
    this.sketch.record(ms);
  }

  /** The finished call failed, in a way that is not the implementation's fault. */
  ignoredError(): void {
    this.ignored += 1;
  }

  failed(error: unknown): void {
    this.errors += 1;
    const print = fingerprint(error);
    const known = this.errorsById.get(print.id);
    if (known !== undefined) known.count += 1;
    else if (this.errorsById.size < MOST_FINGERPRINTS) {
      const stack = this.#stack(error);
      this.errorsById.set(print.id, { ...print, count: 1, ...(stack.length === 0 ? {} : { stack }) });
    }
  }

  #stack(error: unknown): readonly string[] {
    if (this.#stacks.left <= 0) return [];
    this.#stacks.left -= 1;
    return stackFrames(unwrapResult(error));
  }

  drain(repository: string, operation: string, side: 'control' | 'candidate'): OperationBatch {
    const { calls, errors, ignored } = this;
    const fingerprints = [...this.errorsById.values()];
    this.calls = this.errors = this.ignored = 0;
    this.errorsById.clear();
    return {
      repository,
      operation,
      side,
      calls,
      errors,
      ignored,
      latency: this.sketch.drain(),
      fingerprints,
    };
  }
}

/** How many stacks may still be made; shared by the cells of a process. */
type StackBudget = { left: number };

type CellKey = {
  readonly repository: string;
  readonly operation: string;
  readonly side: 'control' | 'candidate';
};

/** Everything that an instance measures between two batches, in bounded memory. */
export class Recorder {
  readonly #cells: (CellKey & { readonly cell: OperationCell })[] = [];
  readonly #others = new Map<string, OperationCell>();
  readonly #counters = new Map<string, number>();
  readonly #stacks: StackBudget = { left: MOST_STACKS };
  #keyMissing = 0;
  #overflow = 0;

  /** The cell of one side of an operation. Made once for each wrapped method. */
  cell(repository: string, operation: string, side: 'control' | 'candidate'): OperationCell {
    if (this.#cells.length >= MOST_OPERATIONS * 2) {
      this.#overflow += 1;
      const known = this.#others.get(side);
      if (known !== undefined) return known;
      return this.#add({ repository: OTHER, operation: OTHER, side }, this.#others);
    }
    return this.#add({ repository, operation, side });
  }

  count(name: string, by: number): void {
    const known = this.#counters.has(name) || this.#counters.size < MOST_COUNTERS;
    if (known && Number.isFinite(by)) this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
    else this.#overflow += 1;
  }

  keyMissing(): void {
    this.#keyMissing += 1;
  }

  /** Hands over what was counted and starts from zero. */
  drain(epoch: number, spanMs: number, gauges: Gauges): TelemetryBatch {
    const operations = this.#cells
      .filter(({ cell }) => cell.calls > 0)
      .map(({ repository, operation, side, cell }) => cell.drain(repository, operation, side));
    const counters = Object.fromEntries(this.#counters);
    const [keyMissing, overflow] = [this.#keyMissing, this.#overflow];
    this.#counters.clear();
    this.#stacks.left = MOST_STACKS;
    this.#keyMissing = this.#overflow = 0;
    return { v: 1, epoch, spanMs, operations, gauges, counters, keyMissing, overflow };
  }

  #add(key: CellKey, others?: Map<string, OperationCell>): OperationCell {
    const cell = new OperationCell(this.#stacks);
    this.#cells.push({ ...key, cell });
    others?.set(key.side, cell);
    return cell;
  }
}
