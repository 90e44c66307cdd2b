import { compareRules } from '../compare/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { Shadow } from '../repository/index.ts';
import type { Answer } from './ask.ts';
import type { PoolOf, PoolState } from './budget.ts';
import { shadowedOperation, type ShadowedOperation } from './operation.ts';
import { settingsOf, type ShadowOptions } from './settings.ts';
import { timersOf, type Timers } from './timers.ts';

export { fallback } from './fallback.ts';
export { guard, type GuardOptions } from './guard.ts';
export { samples, type Samples } from './sample.ts';
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
 *   shadow: shadow({ inFlight: 2, pool, own: readOnlyPool, samples: samples() }),
 * });
 */
export function shadow(options: ShadowOptions = {}): Shadow {
  const settings = settingsOf(options);
  const watched: ShadowedOperation[] = [];
  let timers: Timers<Answer> | undefined;
  return {
    check(topology) {
      if (topology === 'two-store')
        throw new CutoverError('SHADOW_UNAVAILABLE', 'topology "two-store": a shadow needs one database', {
          hint: 'leave shadow out',
        });
    },
    refuse(operation) {
      throw new CutoverError('SHADOW_WRITE', `${operation}() is a write, called by a read in the shadow`, {
        hint: 'take it out of reads, or set it off',
      });
    },
    repository(repository, { clock, random }) {
      const { operations = {}, redact = {}, ...common } = repository.options;
      const shared = (timers ??= timersOf(clock));
      return (read) => {
        const { off, ...own } = (Object.hasOwn(operations, read) && operations[read]) || {};
        // Also of one that is off: what is written about it is checked when the application starts.
        const rules = compareRules(`${repository.name}.${read}`, common, own);
        if (off) return undefined;
        const of = { read, repository, rules, redact, settings, clock, random };
        const operation = shadowedOperation(of, shared);
        watched.push(operation);
        return operation;
      };
    },
    drain: () => watched.flatMap(({ drain }) => drain() ?? []),
    notes: () => watched.flatMap(({ note }) => note() ?? []),
  };
}
