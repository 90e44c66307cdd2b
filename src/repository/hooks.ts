import type { Clock } from '../kernel/index.ts';
import type { Source } from './source.ts';

/**
 * Makes what watches the candidate's calls of one repository; `guard()` of `cutover/shadow` is one.
 *
 * @param tripped to be called when it trips; one that is tripped from the beginning does not call
 */
export type GuardOf = (repository: string, source: Source, tripped: () => void) => RepositoryGuard;

export interface RepositoryGuard {
  /** The repository is on its fail side here. */
  readonly tripped: boolean;
  /** What tripped it, for people. */
  readonly why: string;
  /** A call of the candidate begins, of a caller or in the shadow. */
  began(): void;
  /** A caller's call of the candidate ended. */
  ended(isFailure: boolean): void;
  /** A call in the shadow ended, whose failure is no caller's trouble. */
  shadowEnded(): void;
  /** Arms it again. */
  reset(): void;
}

/** Answers reads that the candidate fails; `fallback()` of `cutover/shadow` is one. */
export interface Fallback {
  /** What the arguments are before the candidate has them; `undefined` when nobody can say. */
  stamp(args: readonly unknown[]): string | undefined;
  /** @param asked what `stamp` said */
  rescue(
    answer: Promise<unknown>,
    control: () => unknown,
    args: readonly unknown[],
    asked: string | undefined,
    clock: Clock,
  ): Promise<unknown>;
}
