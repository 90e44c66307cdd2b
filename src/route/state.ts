import type { Capture } from './capture.ts';

/** Which implementation: `control` is the one that is there, `candidate` the one that replaces it. */
export type Side = 'control' | 'candidate';

/** What an exposure is a share of. */
export type ExposureUnit = 'traffic' | 'users' | 'instances';

/**
 * What is stored for one flag: a repository's own, or the global one.
 *
 * - `exposure` is in 1/100 of a percent, 0..10000. `unset` has no opinion: it reads as `false`, and the next rule
 *   of the precedence decides.
 * - `killed`: this flag was taken back. `drain` lets a pinned scope finish where it started, `hard` does not.
 */
export type FlagState = {
  readonly exposure: number | 'unset';
  readonly of: ExposureUnit;
  /** For `of: 'instances'`: the ids that the controller named. */
  readonly instances: readonly string[];
  readonly killed: false | 'drain' | 'hard';
  /** For people: how much of a full exposure is kept on control. `exposure` is without it, so that no instance needs to know. */
  readonly holdback?: number;
};

/**
 * All that an instance needs to answer "which implementation serves this call", written by the controller in the
 * same transaction as the log entry that caused it. `epoch` grows by one with every change.
 */
export type RoutingState = {
  readonly v: 1;
  readonly migration: string;
  readonly environment: string;
  readonly epoch: number;
  /** Fixed for the life of a migration: raising the exposure then never moves anybody back. */
  readonly salt: string;
  /** What serves when nothing is known: `control` before the point of no return, `candidate` after it. */
  readonly failSide: Side;
  /** The running step turns instances on by their environment: an override `true` is then obeyed. */
  readonly byEnvironment: boolean;
  readonly global: FlagState;
  readonly repositories: Readonly<Record<string, FlagState>>;
  /** Sticky keys that are always on the candidate (staff first), and never. `deny` wins. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** How many reads run in the shadow too; absent is none. */
  readonly shadow?: ShadowRates;
  /** An instance that could not renew its lease for this long takes the fail side. Milliseconds. */
  readonly staleAfterMs: number;
  /** What one instance is asked for, if anything. */
  readonly capture?: Capture;
};

/** Shares of reads in 1/100 of a percent, 0..10000. */
export type ShadowRates = {
  /** Of every repository that is not named. */
  readonly all: number;
  readonly repositories: Readonly<Record<string, number>>;
};

/** A flag as it is created: no opinion. */
export const UNSET_FLAG: FlagState = { exposure: 'unset', of: 'traffic', instances: [], killed: false };

/** 100 %. */
export const FULL_EXPOSURE = 10_000;
