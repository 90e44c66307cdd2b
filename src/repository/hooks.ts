import type { Clock } from '../kernel/index.ts';

/** Makes what watches the candidate's calls of one repository; `guard()` of `cutover/shadow` is one. */
export type GuardOf = () => RepositoryGuard;

export interface RepositoryGuard {
  /** The repository is on its fail side here. */
  readonly tripped: boolean;
  /** What tripped it, for people. */
  readonly why: string;
  /** A call of the candidate ended. @returns whether that tripped it */
  ended(isFailure: boolean): boolean;
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
