import { CutoverError, systemClock } from '../kernel/index.ts';
import { RequestRecorder } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import type { Cutover } from '../repository/index.ts';
import { Allowance } from './allowance.ts';
import { isSameOrigin, MOST_REPORT_BYTES, parsePageReport, type PageReport } from './beacon-report.ts';
import { BEACON_SCRIPT } from './beacon-script.ts';
import { textOf } from './page-request.ts';
import { PageTokens } from './page-token.ts';

export type BeaconOptions = {
  /**
   * Signs what a page is told about its sides; 16 characters or more, from the environment, the same in all instances: a page may
   * come from one and report to another.
   */
  readonly secret: string;
  /** Where pages report to, and with `.js` where they get the script. @default '/cutover-beacon' */
  readonly path?: string;
  /** Reports that one instance takes in a second; as many more after a quiet one. @default 50 */
  readonly perSecond?: number;
};

/** A request as the beacon reads it, whatever the server. */
export type BeaconRequest = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly header: (name: string) => string | undefined | null;
  /** The body as text; at most so many bytes of it are asked for. */
  readonly body: (mostBytes: number) => Promise<string>;
};

export type BeaconAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Pages that say themselves how they fare. Given to the request middleware, or asked directly. */
export interface Beacon {
  /** Where pages report to. */
  readonly path: string;
  /** Whether a request is for the beacon and for nobody else. */
  serves(path: string): boolean;
  answer(request: BeaconRequest): Promise<BeaconAnswer>;
  /** The same for a handler of web requests, such as a route handler of Next.js. */
  handle(request: Request): Promise<Response>;
  /**
   * The value of the `Server-Timing` header that tells a page its sides. @param key what the page's requests are bound to; without
   *   one a page has no side, and does not report
   */
  serverTiming(key: string | undefined): Promise<string | undefined>;
  /** The same at once, where nothing has to be computed for it. */
  serverTimingNow(key: string | undefined): string | undefined;
}

const DEFAULT_PATH = '/cutover-beacon';
const DEFAULT_PER_SECOND = 50;
const LEAST_SECRET = 16;
/** Pages are not told apart: what they are called is in the hands of whoever opens them. */
const PAGES = '(pages)';
/** What was not taken: too many, or not what the script sends. */
const REFUSED = 'beaconRefused';
const NO_BODY = { headers: { 'cache-control': 'no-store' }, body: '' };

/**
 * Takes load times and errors of pages, by the side that their documents were given. Feeds metrics `pageLoad` and `clientErrors`.
 * What browsers say can be forged by whoever opens a page: never let such a row alone decide.
 *
 * @throws CutoverError `USAGE` when the secret is too short, or path or rate are none
 * @example
 * const beacon = pageBeacon(plan, cutover, { secret: process.env.BEACON_SECRET ?? '' });
 * app.use(cutoverRequests(cutover, { key: (c) => c.req.header('x-user'), beacon }));
 */
export function pageBeacon(
  plan: Pick<PlanInput, 'id' | 'repositories'>,
  cutover: Pick<Cutover, 'which' | 'count' | 'addTelemetry'>,
  options: BeaconOptions,
): Beacon {
  const { secret, path = DEFAULT_PATH, perSecond = DEFAULT_PER_SECOND } = options;
  check(
    secret.length >= LEAST_SECRET,
    `its secret has ${secret.length} characters, ${LEAST_SECRET} at least`,
  );
  check(/^\/[\w./-]*[\w-]$/.test(path), `its path ${JSON.stringify(path)} is no path as /cutover-beacon`);
  check(perSecond > 0 && Number.isFinite(perSecond), `${perSecond} reports a second are none`);
  return new PageBeacon(plan, cutover, secret, path, perSecond);
}

function check(isRight: boolean, problem: string): void {
  if (isRight) return;
  throw new CutoverError('USAGE', `the beacon cannot be used: ${problem}`, {
    hint: 'pageBeacon(plan, cutover, { secret: process.env.BEACON_SECRET })',
  });
}

class PageBeacon implements Beacon {
  readonly #cutover: Pick<Cutover, 'which' | 'count'>;
  readonly path: string;
  readonly #tokens: PageTokens;
  readonly #allowance: Allowance;
  readonly #pages = new RequestRecorder();

  constructor(
    plan: Pick<PlanInput, 'id' | 'repositories'>,
    cutover: Pick<Cutover, 'which' | 'count' | 'addTelemetry'>,
    secret: string,
    path: string,
    perSecond: number,
  ) {
    this.#cutover = cutover;
    this.path = path;
    this.#tokens = new PageTokens(plan.id, Object.keys(plan.repositories), secret);
    this.#allowance = new Allowance(perSecond, systemClock.monotonic());
    cutover.addTelemetry((batch) => {
      const pages = this.#pages.drain();
      return pages.length === 0 ? batch : { ...batch, pages: [...(batch.pages ?? []), ...pages] };
    });
  }

  serves(path: string): boolean {
    return path === this.path || path === `${this.path}.js`;
  }

  async answer({ method, path, header, body }: BeaconRequest): Promise<BeaconAnswer> {
    if (path.endsWith('.js')) return method === 'GET' || method === 'HEAD' ? SCRIPT : refused(405);
    if (method !== 'POST') return refused(405);
    const origin = {
      site: header('sec-fetch-site') ?? undefined,
      origin: header('origin') ?? undefined,
      host: header('host') ?? undefined,
    };
    if (!this.#allowance.takes(systemClock.monotonic())) return this.#refuse(429);
    if (!isSameOrigin(origin)) return this.#refuse(403);
    const length = Number(header('content-length') ?? 0);
    if (!(length <= MOST_REPORT_BYTES)) return this.#refuse(413);
    const report = parsePageReport(await body(MOST_REPORT_BYTES).catch(() => ''));
    if (report === undefined) return this.#refuse(400);
    return (await this.#take(report)) ? { status: 204, ...NO_BODY } : this.#refuse(400);
  }

  async handle(request: Request): Promise<Response> {
    const { status, headers, body } = await this.answer({
      method: request.method,
      path: new URL(request.url).pathname,
      header: (name) => request.headers.get(name),
      body: (most) => textOf(request.body, most),
    });
    return new Response(body === '' ? null : body, { status, headers });
  }

  async serverTiming(key: string | undefined): Promise<string | undefined> {
    if (key === undefined) return undefined;
    return timing(await this.#tokens.make(systemClock.now(), this.#sideFor(key)));
  }

  serverTimingNow(key: string | undefined): string | undefined {
    if (key === undefined) return undefined;
    const token = this.#tokens.at(systemClock.now(), this.#sideFor(key));
    return token === undefined ? undefined : timing(token);
  }

  #sideFor(key: string): (repository: string) => 'control' | 'candidate' {
    return (repository) => this.#cutover.which(repository, { key }).side;
  }

  async #take(report: PageReport): Promise<boolean> {
    const sides = await this.#tokens.sides(report.token, systemClock.now());
    if (sides === undefined) return false;
    if (report.kind === 'late error') this.#pages.failedLater(PAGES, sides);
    else {
      const how = report.failed ? 'failed' : 'answered';
      this.#pages.ended({ route: PAGES, sides, how, ms: report.loadMs });
    }
    return true;
  }

  #refuse(status: number): BeaconAnswer {
    this.#cutover.count(REFUSED);
    return refused(status);
  }
}

const SCRIPT: BeaconAnswer = {
  status: 200,
  headers: {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    'x-content-type-options': 'nosniff',
  },
  body: BEACON_SCRIPT,
};

function refused(status: number): BeaconAnswer {
  return { status, ...NO_BODY };
}

function timing(token: string): string {
  return `cutover;desc="${token}"`;
}
