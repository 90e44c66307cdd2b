import { parseDuration, systemClock, type Duration } from '../kernel/index.ts';
import type { Cutover } from '../repository/index.ts';
import type { Beacon } from './beacon.ts';
import { RequestMeter, type RequestWatch, type Served } from './meter.ts';

/** The part of a `Cutover` that requests need. */
export type Scoping = Pick<Cutover, 'pin' | 'addTelemetry'>;

export type ScopeOptions<Request> = {
  /** What the decision is bound to: user, tenant, session. Without one, exposure of `users` leaves the request on control. */
  readonly key?: (request: Request) => string | undefined;
  /**
   * The longest that a request stays pinned. A response that is sent for longer (server-sent events, a long poll) would
   * otherwise hold up every rollback; what it does afterwards decides for itself. @default '30s'
   */
  readonly atMost?: Duration;
  /**
   * The pattern that a request is counted under, `/bikes/:id`, never a path with ids in it: a hundred are kept apart.
   * @default the pattern of the route that answers, as the server knows it
   */
  readonly route?: (request: Request) => string | undefined;
  /** `pageBeacon()` of `cutover/beacon`: pages report how they fare. @default they do not */
  readonly beacon?: Beacon;
};

const LONGEST: Duration = '30s';

/** Pins requests of one application, and counts them by the side that served them. */
export class RequestScope<Request> {
  readonly #cutover: Scoping;
  readonly #meter: RequestMeter;
  readonly #options: ScopeOptions<Request>;
  readonly #atMostMs: number;

  /** @throws CutoverError `USAGE` when `atMost` is no duration, `SCOPE_UNAVAILABLE` when the source cannot carry a pin */
  constructor(cutover: Scoping, options: ScopeOptions<Request>) {
    this.#cutover = cutover;
    this.#options = options;
    this.#atMostMs = parseDuration(options.atMost ?? LONGEST);
    // A source without a scope is found when the application starts, not by its first request.
    cutover.pin({ key: '' }, () => undefined);
    this.#meter = RequestMeter.of(cutover);
  }

  key(request: Request): string | undefined {
    return quietly(() => this.#options.key?.(request));
  }

  /** Calls `begin` in a pin that lives until the promise it returns has settled, and no longer than `atMost`. */
  pin(request: Request, served: Served, begin: (watch: RequestWatch) => Promise<unknown>): void {
    const key = this.key(request);
    const { route } = this.#options;
    const watch = this.#meter.begin(served, () => quietly(() => route?.(request)));
    void this.#cutover.pin(
      { ...(key === undefined ? {} : { key }), served: (repository, side) => watch.served(repository, side) },
      () => this.#bounded(begin(watch), watch),
    );
  }

  async #bounded(ended: Promise<unknown>, watch: RequestWatch): Promise<void> {
    const stop = new AbortController();
    const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);
    await Promise.race([settled(ended), settled(systemClock.sleep(this.#atMostMs, stop.signal))]);
    stop.abort();
    watch.overran();
  }
}

/** The application's own function, in the caller's path: if it throws, it has said nothing. */
function quietly(ask: () => string | undefined): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
