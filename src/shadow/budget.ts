/** A pool of database connections as its library tells it. */
export type PoolState = {
  /** Who waits for a connection. */
  readonly waiting: number;
  /** Connections that could be had at once: idle, or not yet opened. */
  readonly idle: number;
  /** Connections that are in use. */
  readonly busy?: number;
};

/** A pool of `pg`, or a function for any other one. */
export type PoolOf =
  | (() => PoolState)
  | {
      readonly waitingCount: number;
      readonly idleCount: number;
      readonly totalCount: number;
      readonly options: { readonly max: number };
    };

/** What the shadow may take. */
export type Allowance = {
  /** Calls at once, over all repositories. */
  readonly inFlight: number;
  /** The pool that callers are served from. */
  readonly pool: PoolOf | undefined;
  /** The pool that only the shadow uses, and how many of its connections. */
  readonly own: PoolOf | undefined;
  readonly connections: number;
};

/**
 * What shadowing may take of the database: so many calls at once over all repositories, so many connections of its own,
 * and nothing while somebody waits for a connection. A call that never settles keeps its place, as it keeps its
 * connection.
 */
export class Budget {
  readonly #allowed: Allowance;
  #inFlight = 0;

  constructor(allowed: Allowance) {
    this.#allowed = allowed;
  }

  /** Takes a place. @returns why there is none */
  take(): string | undefined {
    const { inFlight, pool, own, connections } = this.#allowed;
    if (this.#inFlight >= inFlight) return 'too many at once';
    if (!isCalm(stateOf(pool))) return 'the pool waits';
    const mine = stateOf(own);
    // A call that has just begun has not got its connection yet.
    if (!isCalm(mine) || Math.max(mine.busy ?? 0, own ? this.#inFlight : 0) >= connections)
      return 'no connection of its own';
    this.#inFlight += 1;
    return undefined;
  }

  give(): void {
    this.#inFlight -= 1;
  }
}

/** What cannot be read is no permission. */
function isCalm({ waiting, idle }: PoolState): boolean {
  return waiting === 0 && idle > 0;
}

function stateOf(pool: PoolOf | undefined): PoolState {
  if (pool === undefined) return { waiting: 0, idle: 1 };
  try {
    if (typeof pool === 'function') return pool();
    const { waitingCount, idleCount, totalCount, options } = pool;
    const busy = totalCount - idleCount;
    return { waiting: waitingCount, idle: options.max - busy, busy };
  } catch {
    return { waiting: 1, idle: 0 };
  }
}
