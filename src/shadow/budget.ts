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

/**
 * What shadowing may take of the database: so many calls at once over all repositories, so many connections of its own,
 * and nothing while somebody waits for a connection. A call that never settles keeps its place, as it keeps its
 * connection.
 */
export type Budget = {
  /** Takes a place. @returns why there is none, in a word */
  take(): string | undefined;
  give(): void;
};

export function budgetOf(
  inFlight: number,
  pool: PoolOf | undefined,
  own: PoolOf | undefined,
  connections: number,
): Budget {
  let taken = 0;
  return {
    take() {
      if (taken >= inFlight) return 'full';
      if (!isCalm(stateOf(pool))) return 'pool';
      const mine = stateOf(own);
      // A call that has just begun has not got its connection yet.
      if (!isCalm(mine) || Math.max(mine.busy ?? 0, taken) >= connections) return 'own pool';
      taken += 1;
      return undefined;
    },
    give() {
      taken -= 1;
    },
  };
}

/** What cannot be read is no permission. */
function isCalm({ waiting, idle }: PoolState): boolean {
  return waiting === 0 && idle > 0;
}

const UNLIMITED: PoolState = { waiting: 0, idle: 1 };

function stateOf(pool: PoolOf | undefined): PoolState {
  if (pool === undefined) return UNLIMITED;
  try {
    if (typeof pool === 'function') return pool();
    const busy = pool.totalCount - pool.idleCount;
    return { waiting: pool.waitingCount, idle: pool.options.max - busy, busy };
  } catch {
    return { waiting: 1, idle: 0 };
  }
}
