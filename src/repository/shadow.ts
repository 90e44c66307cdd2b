import type { CompareOptions, RedactOptions } from '../compare/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import type { ShadowBatch } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import type { Side } from '../route/index.ts';
import type { RepositoryGuard } from './hooks.ts';

/**
 * Runs reads on the other side too and compares, as `shadow()` of `cutover/shadow` does. Nothing that a caller meets of
 * it throws, and nothing is waited for. Writes have no place in it.
 */
export interface Shadow {
  /** @throws CutoverError `SHADOW_UNAVAILABLE` where it cannot compare */
  check(topology: PlanInput['topology'] | undefined): void;
  /** Called by a write that a read in the shadow has reached. @throws CutoverError `SHADOW_WRITE` */
  refuse(operation: string): never;
  /** @returns what watches a read, asked once for each; `undefined` for one that is not to be shadowed */
  repository(repository: ShadowedRepository, host: ShadowHost): (read: string) => ShadowedRead | undefined;
  drain(): readonly ShadowBatch[];
  /** What a person should know: a comparison that was switched off, a read that writes. */
  notes(): readonly string[];
}

export type ShadowHost = {
  readonly clock: Clock;
  readonly random: Random;
};

export type ShadowedRepository = {
  readonly name: string;
  readonly control: object;
  readonly candidate: object;
  readonly options: ShadowOptionsOf<string>;
  /** Told of each call of the candidate; absent without a guard. */
  readonly guard?: Pick<RepositoryGuard, 'began' | 'shadowEnded'>;
  /** Whether a call that begins now is drawn. @param now monotonic milliseconds @param at drawn, 0..10000; 0 asks whether any is */
  draws(now: number, at: number): boolean;
  /** Runs `fn` so that no write of a repository can be reached from it. */
  run<T>(side: Side, fn: () => T): T;
};

/** One read of one repository. */
export interface ShadowedRead {
  /** A call begins. `undefined`: it is not drawn. @param began monotonic milliseconds */
  begin(args: readonly unknown[], served: Side, began: number): ShadowedCall | undefined;
}

/** A drawn call. Told once how it ended, before the caller is. */
export interface ShadowedCall {
  /** What its promise resolved with, or rejected with. */
  ended(outcome: unknown, hasThrown: boolean): void;
  /** It ended without a promise: a read that does so cannot be contained when it hangs. */
  atOnce(hasThrown: boolean): void;
}

/** How a repository's reads are compared. */
export type ShadowOptionsOf<R extends string> = CompareOptions & {
  readonly redact?: RedactOptions;
  /** By read, over what is said for all of them. `off`: not shadowed, for a read that has an effect. */
  readonly operations?: { readonly [K in R]?: CompareOptions & { readonly off?: boolean } };
};
