import { CAPTURE_LIMITS, type CaptureLimits } from '../compare/index.ts';
import { CutoverError } from '../kernel/index.ts';
import { budgetOf, type Budget, type PoolOf } from './budget.ts';
import type { DeadlineOptions } from './deadline.ts';

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
  /** Keeps a Worker alive until a shadow has ended: `ctx.waitUntil`. */
  readonly waitUntil?: (running: Promise<void>) => void;
};

export type Settings = {
  readonly budget: Budget;
  readonly deadline: Partial<DeadlineOptions> | undefined;
  readonly twice: number;
  readonly recheckMs: number;
  readonly compareMs: number;
  readonly limits: CaptureLimits;
  readonly waitUntil: ((running: Promise<void>) => void) | undefined;
};

/** @throws CutoverError `COMPARE_INVALID` for a number that is outside its range */
export function settingsOf(options: ShadowOptions): Settings {
  const { inFlight = 2, pool, own, connections, twice = 0.05, recheckMs = 100, compareMs = 50 } = options;
  const above = { ...options.deadline, ...options.limits, inFlight, connections, recheckMs, compareMs };
  for (const [name, value] of Object.entries(above)) {
    if (value !== undefined && !(value > 0 && value < Infinity)) throw invalid(name, value, 'not above 0');
  }
  if (connections && !own) throw invalid('connections', connections, 'without a pool of its own');
  if (!(twice >= 0 && twice <= 1)) throw invalid('twice', twice, 'outside 0..1');
  return {
    budget: budgetOf(inFlight, pool, own, connections ?? Infinity),
    deadline: options.deadline,
    twice,
    recheckMs,
    compareMs,
    limits: { ...CAPTURE_LIMITS, ...options.limits },
    waitUntil: options.waitUntil,
  };
}

function invalid(name: string, value: number, why: string): CutoverError {
  return new CutoverError('COMPARE_INVALID', `shadow: ${name} ${value} is ${why}`, {
    hint: 'leave it out for the default',
  });
}
