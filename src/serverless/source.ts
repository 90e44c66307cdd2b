import {
  CutoverError,
  parseDuration,
  systemClock,
  systemRandom,
  type Clock,
  type Duration,
} from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import type { Agent, Scope, Source } from '../repository/index.ts';
import { parseRoutingState } from '../route/index.ts';

/** The part of a Worker's context that is used: work that goes on after the answer. */
export type Invocation = { waitUntil(promise: Promise<unknown>): void };

export type ServerlessOptions = {
  readonly environment: string;
  /**
   * The routing state as it was written, from wherever it can be read: an HTTP answer's JSON, a row, a key. Rejects when
   * there is none: an answer of 500 with a body is not a state.
   */
  readonly load: () => Promise<unknown>;
  /** Takes what was counted. Without it nothing here is measured. What it rejects with is lost with its batch. */
  readonly send?: (batch: TelemetryBatch) => Promise<unknown>;
  /** `new AsyncLocalStorage()` of `node:async_hooks`, which carries pins. Without it `pin` is refused. */
  readonly scope?: Scope<unknown>;
  /** Variables that override flags. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A name for this deployment, in explanations. @default 'serverless' */
  readonly instance?: string;
  /** A state older than this is read again by the next invocation, while it goes on. @default '2s' */
  readonly refreshAfter?: Duration;
  /** A state older than this is not trusted: the fail side serves. This bounds every rollback. @default '10s' */
  readonly freshFor?: Duration;
  /** How long the first invocations wait for a state before the fail side serves them. @default '0s' */
  readonly firstWait?: Duration;
  /** How often what was counted is sent. @default '10s' */
  readonly sendEvery?: Duration;
  /** @default the system's clock */
  readonly clock?: Clock;
};

/** A source for places that run only while they answer: Workers, functions. */
export interface ServerlessSource extends Source {
  /**
   * To be called when an invocation begins: starts reading a state that is getting old, and sending what was counted.
   * Resolves at once, but for `firstWait` where no state can be trusted. Never rejects.
   */
  begin(invocation: Invocation): Promise<void>;
}

/** After this long a read that has not ended is given up: in a Worker it may belong to an invocation that is gone. */
const ABANDONED_MS = 5_000;

/**
 * Makes a source for Cloudflare Workers and other places without timers, files or threads between invocations. The
 * state is read by invocations, each for itself, and trusted for `freshFor`. Such an instance acknowledges nothing: a
 * rollback is bounded by `freshFor` there and never verified.
 *
 * @throws CutoverError `USAGE` when a duration is none, or the state would be read less often than it has to be
 * @example
 * const source = serverlessSource(plan, {
 *   environment: 'production',
 *   load: async () => JSON.parse((await env.STATE.get('swap/production')) ?? 'null'),
 * });
 * const cutover = createCutover(plan, { source });
 * export default {
 *   async fetch(request, env, context) {
 *     await source.begin(context);
 *     return Response.json(await bikes.list());
 *   },
 * };
 */
export function serverlessSource(plan: Pick<PlanInput, 'id'>, options: ServerlessOptions): ServerlessSource {
  return new PolledSource(plan.id, options);
}

class PolledSource implements ServerlessSource {
  readonly instance: string;
  readonly environment: string;
  readonly env: Source['env'];
  readonly clock: Clock;
  readonly random = systemRandom;
  readonly scope?: Scope<unknown>;
  readonly #migration: string;
  readonly #load: ServerlessOptions['load'];
  readonly #send: ServerlessOptions['send'];
  readonly #refreshAfterMs: number;
  readonly #freshForMs: number;
  readonly #firstWaitMs: number;
  readonly #sendEveryMs: number;
  #agent: Agent | undefined;
  #readAt = -Infinity;
  /** When the read began that is on its way. */
  #reading: number | undefined;
  #sentAt: number;

  constructor(migration: string, options: ServerlessOptions) {
    this.#migration = migration;
    this.instance = options.instance ?? 'serverless';
    this.environment = options.environment;
    this.env = { ...options.env };
    this.clock = options.clock ?? systemClock;
    if (options.scope !== undefined) this.scope = options.scope;
    this.#load = options.load;
    this.#send = options.send;
    this.#refreshAfterMs = parseDuration(options.refreshAfter ?? '2s');
    this.#freshForMs = parseDuration(options.freshFor ?? '10s');
    this.#firstWaitMs = parseDuration(options.firstWait ?? '0s');
    this.#sendEveryMs = parseDuration(options.sendEvery ?? '10s');
    if (this.#refreshAfterMs >= this.#freshForMs) {
      throw new CutoverError(
        'USAGE',
        `refreshAfter is ${this.#refreshAfterMs} ms and freshFor ${this.#freshForMs} ms: every state would be too old before it is read again`,
        { hint: 'make refreshAfter at most half of freshFor' },
      );
    }
    this.#sentAt = this.clock.monotonic();
  }

  connect(agent: Agent): void {
    this.#agent = agent;
  }

  async begin(invocation: Invocation): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.#sentAt >= this.#sendEveryMs) invocation.waitUntil(this.#flush());
    if (now - this.#readAt < this.#refreshAfterMs) return;
    const isTrusted = now - this.#readAt < this.#freshForMs;
    const isRead = this.#reading !== undefined && now - this.#reading < ABANDONED_MS;
    const waits = !isTrusted && this.#firstWaitMs > 0;
    // A promise of another invocation may never settle here: who has to wait reads for itself.
    if (isRead && !waits) return;
    const read = this.#read().catch(() => undefined);
    invocation.waitUntil(read);
    if (waits) await Promise.race([read, this.clock.sleep(this.#firstWaitMs)]);
  }

  setFlag(): Promise<never> {
    return Promise.reject(
      new CutoverError('STORE_READ_ONLY', 'a serverless instance writes no flags', {
        hint: 'cutover flag set, or an application with another source',
      }),
    );
  }

  refresh(): Promise<void> {
    return this.#read();
  }

  close(): Promise<void> {
    return this.#flush();
  }

  /** @throws CutoverError `STORE_UNAVAILABLE` */
  async #read(): Promise<void> {
    const began = this.clock.monotonic();
    this.#reading = began;
    try {
      const state = parseRoutingState(await this.#load());
      if (
        state === undefined ||
        state.migration !== this.#migration ||
        state.environment !== this.environment
      )
        throw new TypeError(`no routing state of ${this.#migration}/${this.environment}`);
      this.#readAt = Math.max(this.#readAt, began);
      this.#agent?.apply(state, this.#readAt + this.#freshForMs);
    } catch (cause) {
      const message = `the routing state could not be read: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new CutoverError('STORE_UNAVAILABLE', message, { cause });
    } finally {
      if (this.#reading === began) this.#reading = undefined;
    }
  }

  async #flush(): Promise<void> {
    this.#sentAt = this.clock.monotonic();
    const batch = this.#agent?.drain();
    if (batch === undefined || this.#send === undefined) return;
    try {
      await this.#send(batch);
    } catch {
      // Telemetry is not worth an invocation; a row without data is never green.
    }
  }
}
