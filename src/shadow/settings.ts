import { CAPTURE_LIMITS, compareInvalid, type CaptureLimits } from '../compare/index.ts';
import type { CutoverError } from '../kernel/index.ts';
import { budgetOf, type Budget, type PoolOf } from './budget.ts';
import type { DeadlineOptions } from './deadline.ts';
import type { Samples } from './sample.ts';

export type ShadowOptions = {
  /** Shadow calls at once, over all repositories. A hanging one keeps its place. @default 2 */
  readonly inFlight?: number;
  /**
   * The pool that callers are served from: one of `pg`, or a function that says how many wait for a connection and how
   * many could be had at once (idle, or not yet opened). Nothing is shadowed while somebody waits or none could be had.
   */
  readonly pool?: PoolOf;
  /** The pool that only the shadow's own implementations use, asked in the same way. @default none */
  readonly own?: PoolOf;
  /** So many connections of `own` at most are in use by the shadow. @default as many as it has */
  readonly connections?: number;
  /** How long a shadow may take. @default 4 times control's p95, 100 to 1000 ms */
  readonly deadline?: Partial<DeadlineOptions>;
  /**
   * Share of shadowed calls for which control is asked twice, to learn what differs from itself; all of them until it
   * was done twenty times after a start. 0..1; with 0 nothing is noise. @default 0.05
   */
  readonly twice?: number;
  /** Where answers differ both sides are asked once more after so long, milliseconds. @default 100 */
  readonly recheckMs?: number;
  /** Comparisons that take longer, three in a row or one three times as long, are switched off. ms @default 50 */
  readonly compareMs?: number;
  /** Answers beyond these are counted and not compared. */
  readonly limits?: Partial<CaptureLimits>;
  /** `samples()`: what differed is kept with one call of each kind, redacted. @default no value leaves the process */
  readonly samples?: Samples;
  /** Keeps a Worker alive until a shadow has ended: `ctx.waitUntil`. */
  readonly waitUntil?: (running: Promise<void>) => void;
};

/** With every default filled in. */
export type Settings = CaptureLimits &
  DeadlineOptions & {
    readonly budget: Budget;
    readonly twice: number;
    readonly recheckMs: number;
    readonly compareMs: number;
    readonly samples: Samples | undefined;
    readonly waitUntil: ((running: Promise<void>) => void) | undefined;
  };

/** @throws CutoverError `COMPARE_INVALID` for a number that is outside its range */
export function settingsOf({
  pool,
  own,
  samples,
  waitUntil,
  deadline,
  limits,
  ...given
}: ShadowOptions): Settings {
  const numbers = { ...DEFAULTS };
  for (const [name, value] of Object.entries({ ...given, ...deadline, ...limits })) {
    if (value === undefined) continue;
    const isShare = name === 'twice';
    if (isShare ? !(value >= 0 && value <= 1) : !(value > 0 && value < Infinity))
      throw invalid(name, value, isShare ? 'outside 0..1' : 'not above 0');
    Object.assign(numbers, { [name]: value });
  }
  if (given.connections && !own) throw invalid('connections', given.connections, 'without `own`');
  const budget = budgetOf(numbers.inFlight, pool, own, numbers.connections);
  return { ...numbers, budget, samples, waitUntil };
}

const DEFAULTS = {
  inFlight: 2,
  connections: Number.MAX_VALUE,
  twice: 0.05,
  recheckMs: 100,
  compareMs: 50,
  times: 4,
  least: 100,
  most: 1_000,
  ...CAPTURE_LIMITS,
};

function invalid(name: string, value: number, why: string): CutoverError {
  return compareInvalid(`shadow: ${name} ${value} is ${why}`, 'leave it out for the default');
}
