import { parseDuration, systemClock, type Duration } from '../kernel/index.ts';
import type { Cutover } from '../repository/index.ts';

export type ScopeOptions<Request> = {
  /** What the decision is bound to: user, tenant, session. Without one, exposure of `users` leaves the request on control. */
  readonly key?: (request: Request) => string | undefined;
  /**
   * The longest that a request stays pinned. A response that is sent for longer (server-sent events, a long poll) would
   * otherwise hold up every rollback; what it does afterwards decides for itself. @default '30s'
   */
  readonly atMost?: Duration;
};

const LONGEST: Duration = '30s';

/** Pins requests of one application. */
export class RequestScope<Request> {
  readonly #cutover: Pick<Cutover, 'pin'>;
  readonly #key: (request: Request) => string | undefined;
  readonly #atMostMs: number;

  /** @throws CutoverError `USAGE` when `atMost` is no duration, `SCOPE_UNAVAILABLE` when the source cannot carry a pin */
  constructor(cutover: Pick<Cutover, 'pin'>, { key, atMost = LONGEST }: ScopeOptions<Request>) {
    this.#cutover = cutover;
    this.#key = key ?? (() => undefined);
    this.#atMostMs = parseDuration(atMost);
    // A source without a scope is found when the application starts, not by its first request.
    cutover.pin({ key: '' }, () => undefined);
  }

  /** Calls `begin` in a pin that lives until the promise it returns has settled, and no longer than `atMost`. */
  pin(request: Request, begin: () => Promise<unknown>): void {
    const key = this.#keyOf(request);
    void this.#cutover.pin(key === undefined ? {} : { key }, () => this.#bounded(begin()));
  }

  /** The application's own function, in the caller's path: if it throws, there is no key. */
  #keyOf(request: Request): string | undefined {
    try {
      return this.#key(request);
    } catch {
      return undefined;
    }
  }

  async #bounded(ended: Promise<unknown>): Promise<void> {
    const stop = new AbortController();
    const quietly = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);
    await Promise.race([quietly(ended), quietly(systemClock.sleep(this.#atMostMs, stop.signal))]);
    stop.abort();
  }
}
