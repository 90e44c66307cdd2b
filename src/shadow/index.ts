import { compareRules } from '../compare/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { ShadowBatch } from '../measure/index.ts';
import type { Shadow, ShadowedRead, ShadowedRepository, ShadowHost } from '../repository/index.ts';
import type { Budget, PoolOf, PoolState } from './budget.ts';
import { ShadowedOperation } from './operation.ts';
import { Timers } from './timers.ts';
import { budgetOf, checkOptions, settingsOf, type ShadowOptions } from './settings.ts';

export { fallback } from './fallback.ts';
export { guard, type GuardOptions } from './guard.ts';
export type { PoolOf, PoolState, ShadowOptions };

/**
 * Runs a share of the reads on the other side as well and compares the answers. The share is in the plan (a step
 * `{ kind: 'shadow', sample: 5 }`); without one nothing is shadowed. The caller waits for none of it: what a drawn
 * read costs it is a copy of the arguments and of the answer.
 *
 * In process nothing can stop code that never gives up the event loop, so reads that answer without a promise are not
 * shadowed. A read that writes in its own SQL is only found by the database: give the shadow implementations on a pool
 * of their own, which is small and read-only.
 *
 * @throws CutoverError `COMPARE_INVALID` for a number outside its range
 * @example
 * const cutover = createCutover(plan, {
 *   source,
 *   shadow: shadow({ inFlight: 2, pool, own: readOnlyPool }),
 * });
 */
export function shadow(options: ShadowOptions = {}): Shadow {
  checkOptions(options);
  return new Shadows(options);
}

class Shadows implements Shadow {
  readonly #options: ShadowOptions;
  readonly #budget: Budget;
  readonly #operations: ShadowedOperation[] = [];
  #timers: Timers | undefined;

  constructor(options: ShadowOptions) {
    this.#options = options;
    this.#budget = budgetOf(options);
  }

  check(topology: 'same-store' | 'two-store' | undefined): void {
    if (topology !== 'two-store') return;
    throw new CutoverError(
      'SHADOW_UNAVAILABLE',
      'a shadow needs one database, and the plan says topology "two-store"',
      {
        hint: 'leave shadow out',
      },
    );
  }

  refuse(operation: string): never {
    throw new CutoverError('SHADOW_WRITE', `${operation}() is a write, called by a read in the shadow`, {
      hint: 'take it out of reads, or set operations.<read>.off',
    });
  }

  repository(repository: ShadowedRepository, host: ShadowHost): (read: string) => ShadowedRead | undefined {
    const { operations = {}, redact: redaction = {}, ...common } = repository.options;
    this.#timers ??= new Timers(host.clock);
    const settings = settingsOf(this.#options, {
      budget: this.#budget,
      timers: this.#timers,
      random: host.random,
      redaction,
    });
    return (read) => {
      const { off = false, ...own } = (Object.hasOwn(operations, read) ? operations[read] : undefined) ?? {};
      // Also of one that is off: what is written about it is checked when the application starts.
      const rules = compareRules(`${repository.name}.${read}`, common, own);
      if (off) return undefined;
      const operation = new ShadowedOperation(read, repository, rules, settings, host);
      this.#operations.push(operation);
      return operation;
    };
  }

  drain(): readonly ShadowBatch[] {
    return this.#operations.flatMap((operation) => operation.drain() ?? []);
  }

  notes(): readonly string[] {
    return this.#operations.flatMap(({ note }) => note ?? []);
  }
}
