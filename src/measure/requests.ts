import { LatencySketch, type SketchData } from './sketch.ts';

/** The side that one repository served a request from; `both` where a scope was broken, as by a hard kill. */
export type RequestSide = 'control' | 'candidate' | 'both';

/** Requests of one route that were served by the same sides, or page views, in one batch. */
export type RequestBatch = {
  /** Method and pattern, `GET /bikes/:id`. Never a path with ids in it. */
  readonly route: string;
  /** By repository that was called. Empty where none was. */
  readonly sides: Readonly<Record<string, RequestSide>>;
  readonly requests: number;
  /** Those that failed: 5xx, or broken off by the application. */
  readonly errors: number;
  /** Those whose caller went away before the end. Their duration is counted: it lasted at least as long. */
  readonly aborted: number;
  /** Milliseconds. An answer that is sent for longer than a request is pinned has no duration. */
  readonly latency: SketchData;
};

/** One that is over. */
export type EndedRequest = {
  readonly route: string;
  readonly sides: Readonly<Record<string, RequestSide>>;
  readonly how: 'answered' | 'failed' | 'aborted';
  /** Milliseconds; `null` where it says nothing about the application. */
  readonly ms: number | null;
};

/** Routes that are counted apart; requests of further ones are added to `(other)`. */
const MOST_ROUTES = 100;
/** Routes times the sides that they were served by. */
const MOST_CELLS = 400;
const MOST_NAME = 120;
const OTHER = '(other)';

class RequestCell {
  readonly sketch = new LatencySketch();
  readonly route: string;
  readonly sides: EndedRequest['sides'];
  requests = 0;
  errors = 0;
  aborted = 0;

  constructor(route: string, sides: EndedRequest['sides']) {
    this.route = route;
    this.sides = sides;
  }

  drain(): RequestBatch {
    const { route, sides, requests, errors, aborted } = this;
    this.requests = this.errors = this.aborted = 0;
    return { route, sides, requests, errors, aborted, latency: this.sketch.drain() };
  }
}

/** What an instance counts of its requests between two batches, in bounded memory. */
export class RequestRecorder {
  readonly #cells = new Map<string, RequestCell>();
  readonly #routes = new Set<string>();

  ended({ route, sides, how, ms }: EndedRequest): void {
    const cell = this.#cell(this.#known(route.slice(0, MOST_NAME)), sides);
    cell.requests += 1;
    if (how === 'failed') cell.errors += 1;
    if (how === 'aborted') cell.aborted += 1;
    if (ms !== null) cell.sketch.record(ms);
  }

  /** One that was counted as answered turned out to be a failure. */
  failedLater(route: string, sides: EndedRequest['sides']): void {
    this.#cell(this.#known(route.slice(0, MOST_NAME)), sides).errors += 1;
  }

  /** Hands over what was counted and starts from zero. What nobody asked for since the last time is forgotten. */
  drain(): readonly RequestBatch[] {
    const batches: RequestBatch[] = [];
    for (const [key, cell] of this.#cells) {
      if (cell.requests + cell.errors > 0) batches.push(cell.drain());
      else this.#cells.delete(key);
    }
    return batches;
  }

  #known(route: string): string {
    if (this.#routes.has(route)) return route;
    if (this.#routes.size >= MOST_ROUTES) return OTHER;
    this.#routes.add(route);
    return route;
  }

  #cell(route: string, sides: EndedRequest['sides']): RequestCell {
    const names = Object.keys(sides).toSorted();
    const key = `${route}\n${names.map((name) => `${name} ${sides[name]}`).join('\n')}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    // One more kind of mixture than is kept: it is nobody's evidence, but it was a request.
    if (this.#cells.size >= MOST_CELLS && !(route === OTHER && names.length === 0))
      return this.#cell(OTHER, {});
    const made = new RequestCell(
      route,
      Object.fromEntries(names.map((name) => [name, sides[name] ?? 'both'])),
    );
    this.#cells.set(key, made);
    return made;
  }
}

/**
 * The side of a request for somebody who asks about these repositories, or about all that it called. A request that
 * called none of them, or met both sides among them, is evidence for neither.
 */
export function requestSide(
  sides: RequestBatch['sides'],
  repositories: readonly string[] | null,
): 'control' | 'candidate' | 'both' | 'none' {
  const met = Object.entries(sides)
    .filter(([name]) => repositories === null || repositories.includes(name))
    .map(([, side]) => side);
  const [first = 'none'] = met;
  return met.every((side) => side === first) ? first : 'both';
}
