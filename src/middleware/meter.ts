import { systemClock } from '../kernel/index.ts';
import { RequestRecorder, type EndedRequest, type RequestSide } from '../measure/index.ts';
import type { Cutover } from '../repository/index.ts';

/** What a server knows of a request. */
export type Served = {
  readonly method: string;
  /** Asked at the end, when it is known which route it was. */
  readonly pattern: () => string | undefined;
  /** Whether the answer is on its way. */
  readonly hasBegun: () => boolean;
};

/** Anything else is counted as one: a caller may send any word. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Where nobody can say which route answered. */
const UNMATCHED = '(no route)';

const METERS = new WeakMap<object, RequestMeter>();

/** Counts the requests of one application, all its handlers together, into the batches that it reports anyway. */
export class RequestMeter {
  readonly #recorder = new RequestRecorder();

  static of(cutover: Pick<Cutover, 'addTelemetry'>): RequestMeter {
    const known = METERS.get(cutover);
    if (known !== undefined) return known;
    const meter = new RequestMeter();
    METERS.set(cutover, meter);
    cutover.addTelemetry((batch) => {
      const requests = meter.#recorder.drain();
      return requests.length === 0 ? batch : { ...batch, requests: [...(batch.requests ?? []), ...requests] };
    });
    return meter;
  }

  begin(served: Served, route: () => string | undefined): RequestWatch {
    return new RequestWatch(this.#recorder, served, route);
  }
}

/**
 * One request, from its beginning to the first of:
 *
 *   ended     its answer was sent, or broken off, or its caller went away
 *   overran   it is no longer pinned. One whose answer is still being sent is counted without a duration: a stream lasts as
 *             long as it has to tell. One that has no answer yet is counted as it is: it lasted at least so long
 */
export class RequestWatch {
  readonly #recorder: RequestRecorder;
  readonly #served: Served;
  readonly #route: () => string | undefined;
  readonly #began = systemClock.monotonic();
  readonly #sides: Record<string, RequestSide> = {};
  #isOver = false;

  constructor(recorder: RequestRecorder, served: Served, route: () => string | undefined) {
    this.#recorder = recorder;
    this.#served = served;
    this.#route = route;
  }

  served(repository: string, side: 'control' | 'candidate'): void {
    const before = this.#sides[repository];
    this.#sides[repository] = before === undefined || before === side ? side : 'both';
  }

  ended(how: EndedRequest['how']): void {
    this.#count(how, systemClock.monotonic() - this.#began);
  }

  overran(): void {
    if (this.#isOver) return;
    const isSending = this.#served.hasBegun();
    this.#count('answered', isSending ? null : systemClock.monotonic() - this.#began);
  }

  #count(how: EndedRequest['how'], ms: number | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { method, pattern } = this.#served;
    const verb = METHODS.has(method) ? method : 'OTHER';
    const route = `${verb} ${this.#route() ?? pattern() ?? UNMATCHED}`;
    this.#recorder.ended({ route, sides: this.#sides, how, ms });
  }
}
