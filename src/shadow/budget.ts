import { admit, CLOSED, ended, type BreakerState } from './breaker.ts';

/** The pool of database connections as its library tells it. */
export type PoolState = { readonly waiting: number; readonly idle: number };

/**
 * What shadowing may take of the database: so many calls at once over all repositories, and none while somebody
 * waits for a connection. A call that never settles keeps its place, as it keeps its connection.
 */
export class Budget {
  readonly #most: number;
  readonly #pool: (() => PoolState) | undefined;
  #inFlight = 0;

  constructor(most: number, pool: (() => PoolState) | undefined) {
    this.#most = most;
    this.#pool = pool;
  }

  /** Takes a place. @returns why there is none */
  take(): string | undefined {
    if (this.#inFlight >= this.#most) return 'too many at once';
    if (this.#isPoolBusy()) return 'the pool waits';
    this.#inFlight += 1;
    return undefined;
  }

  give(): void {
    this.#inFlight -= 1;
  }

  #isPoolBusy(): boolean {
    if (this.#pool === undefined) return false;
    try {
      const { waiting, idle } = this.#pool();
      // What cannot be read is no permission.
      return !(waiting === 0 && idle > 0);
    } catch {
      return true;
    }
  }
}

/** The breaker of one operation. */
export class Breaker {
  #state: BreakerState = CLOSED;

  admits(now: number): boolean {
    const { may, state } = admit(this.#state, now);
    this.#state = state;
    return may;
  }

  ended(isGood: boolean, now: number): void {
    this.#state = ended(this.#state, isGood, now);
  }
}
