import {
  CutoverError,
  deadline,
  describeError,
  type Clock,
  type Json,
  type Random,
} from '../kernel/index.ts';
import type { FlagChange } from '../repository/index.ts';
import type { FlagState } from '../route/index.ts';
import type { EventMark, RoutingMark, StoredRouting } from '../store/index.ts';
import {
  EventStreamReader,
  INSTANCE_HEADER,
  instanceUrl,
  parseRoutingMessage,
  type InstanceCall,
  type ReportMessage,
  type RoutingMessage,
} from '../wire/index.ts';
import { isTooLong, withoutTelemetry } from './bounded-report.ts';
import { type HttpAnswer, HttpCalls } from './http-call.ts';
import type { InstanceLink } from './link.ts';

/** Where a server is, and who asks. `token` comes from the environment and goes nowhere but there. */
export type ServerAddress = { readonly url: string; readonly token: string };

export type ServerLinkOptions = {
  readonly server: ServerAddress;
  readonly migration: string;
  readonly environment: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
};

/** A request that takes longer has failed: the next report is worth more. Milliseconds. */
const REQUEST_MS = 3_000;
/** The server sends something every five seconds: a stream that is silent for longer is dead, whatever the socket says. */
const SILENT_MS = 12_000;
/** Between two attempts at a stream, at least and at most; in between drawn, so that not all instances come at once. */
const RETRY_MS = 500;
const MOST_RETRY_MS = 5_000;

/**
 * The store behind a server. A change comes by a stream of events; and each report is answered with the epoch that is
 * stored, so that a stream that is dead and does not know it delays a change by a second and loses none.
 */
export class ServerLink implements InstanceLink {
  readonly #options: ServerLinkOptions;
  readonly #calls: HttpCalls;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<() => void>();
  /** The newest state that was read. */
  #current: StoredRouting | undefined;
  #etag = '';
  /** What the stream just brought: it need not be asked for. */
  #pushed: RoutingMessage | null = null;
  #isFollowing = false;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
    this.#calls = new HttpCalls(options.server.url);
  }

  /**
   * Telemetry that the server does not take, since it is too much, is thrown away: an instance that counts a lot lives all
   * the same and says so, and what it did not tell is no data.
   */
  async report(
    _: string,
    instance: string,
    status: Json,
    telemetry: Json | null = null,
  ): Promise<RoutingMark | undefined> {
    const body: ReportMessage = { v: 1, instance, status, telemetry };
    const posted = this.#post('report', isTooLong(body) ? withoutTelemetry(body) : body);
    const answer = parseRoutingMessage(
      await posted.catch((error: unknown) => {
        if (telemetry === null || !isTooMuch(error)) throw error;
        return this.#post('report', withoutTelemetry(body));
      }),
    );
    if (answer === undefined) throw unavailable('its answer to a report says nothing about what is stored');
    return answer.epoch === 0 ? undefined : { epoch: answer.epoch, mark: answer.mark };
  }

  async removeInstance(_: string, instance: string): Promise<void> {
    await this.#post('leave', { instance });
  }

  async routing(_: string, known?: EventMark): Promise<StoredRouting | undefined> {
    const pushed = this.#pushed;
    this.#pushed = null;
    if (pushed !== null && known === undefined) return stateOf(pushed);
    // What a state came with or behind is in its log: a thousand instances need not ask for that at once.
    if (pushed !== null && [pushed.mark?.hash, pushed.behind?.hash].includes(known?.hash))
      return stateOf({ ...pushed, knows: true });
    return known === undefined ? this.#unlessSame() : this.#askAbout(known);
  }

  async #unlessSame(): Promise<StoredRouting | undefined> {
    const answer = await this.#ask('routing', { etag: this.#etag });
    if (answer.status !== 304) {
      this.#current = stateOf(parseRoutingMessage(parsed(answer)));
      this.#etag = answer.header('etag');
    }
    return this.#current;
  }

  async #askAbout({ seq, hash }: EventMark): Promise<StoredRouting | undefined> {
    const query = `?seq=${seq}&hash=${encodeURIComponent(hash)}`;
    return stateOf(parseRoutingMessage(parsed(await this.#ask('routing', { query }))));
  }

  /** Whoever has the token asks; the actor that the application names stands in the reason. */
  async setFlag({ flag, value, actor, reason }: FlagChange): Promise<FlagState> {
    const confirm = this.#options.migration;
    const answer = await this.#post('flag', { flag, value, reason: `${reason} (${actor})`, confirm });
    if (typeof answer === 'object' && answer !== null && 'flag' in answer) return answer.flag as FlagState;
    throw unavailable('the server said nothing about the flag');
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#isFollowing) void this.#follow();
    return () => this.#listeners.delete(listener);
  }

  /** The server's to remove, which it does by itself. */
  pruneTelemetry(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    this.#closed.abort();
    this.#calls.close();
    return Promise.resolve();
  }

  async #follow(): Promise<void> {
    const { clock, random } = this.#options;
    this.#isFollowing = true;
    for (let waitMs = RETRY_MS; !this.#closed.signal.aborted;) {
      const began = clock.monotonic();
      await this.#readStream().catch(() => {});
      const lasted = clock.monotonic() - began > SILENT_MS;
      waitMs = lasted ? RETRY_MS : Math.min(MOST_RETRY_MS, waitMs * 2);
      await clock.sleep(waitMs * (0.5 + random() / 2), this.#closed.signal).catch(() => {});
    }
  }

  async #readStream(): Promise<void> {
    const { clock } = this.#options;
    let late = deadline(clock, SILENT_MS);
    const silent = new AbortController();
    const watchFor = (): void => late.signal.addEventListener('abort', () => silent.abort());
    watchFor();
    try {
      const signal = AbortSignal.any([silent.signal, this.#closed.signal]);
      const response = await fetch(this.#url('routing/stream'), {
        signal,
        headers: this.#who,
        redirect: 'error',
      });
      if (!response.ok) throw refusal(response.status, await response.text());
      const reader = new EventStreamReader();
      const decoder = new TextDecoder();
      for await (const piece of response.body ?? []) {
        late.end();
        late = deadline(clock, SILENT_MS);
        watchFor();
        for (const { event, data } of reader.add(decoder.decode(piece, { stream: true })))
          if (event === 'routing') this.#receive(JSON.parse(data));
      }
    } finally {
      late.end();
    }
  }

  #receive(json: unknown): void {
    const message = parseRoutingMessage(json);
    if (message === undefined) return;
    this.#pushed = message;
    for (const listener of this.#listeners) listener();
  }

  async #post(call: InstanceCall, body: object): Promise<unknown> {
    return parsed(await this.#ask(call, { body: JSON.stringify(body) }));
  }

  async #ask(
    call: InstanceCall,
    { query = '', etag = '', body }: { query?: string; etag?: string; body?: string },
  ): Promise<HttpAnswer> {
    const late = deadline(this.#options.clock, REQUEST_MS);
    const headers = {
      ...this.#who,
      ...(etag === '' ? {} : { 'if-none-match': etag }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const more = body === undefined ? { method: 'GET' as const } : { method: 'POST' as const, body };
    let answer: HttpAnswer;
    try {
      answer = await this.#calls.ask(this.#url(call) + query, { headers, signal: late.signal, ...more });
    } catch (cause) {
      throw unavailable(describeError(cause), cause);
    } finally {
      late.end();
    }
    // A redirection is none: a token is for this server, not for one that it may name.
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 304 && etag !== '') return answer;
    throw refusal(answer.status, answer.text);
  }

  /** Who asks, for which instance. */
  get #who(): Readonly<Record<string, string>> {
    const { server, instance } = this.#options;
    return { authorization: `Bearer ${server.token}`, [INSTANCE_HEADER]: encodeURIComponent(instance) };
  }

  #url(call: InstanceCall): string {
    const { server, migration, environment } = this.#options;
    return instanceUrl(server.url, migration, environment, call);
  }
}

/** What the server refused, as it said it; a server that is away, or something before it, is no refusal. */
function refusal(status: number, text: string): CutoverError {
  let said = '';
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && 'message' in json) said = `: ${String(json.message)}`;
  } catch {
    // Something between here and the server said it in its own words.
  }
  return unavailable(`it answers ${status}${said}`, undefined, { status });
}

function unavailable(why: string, cause?: unknown, details?: { readonly status: number }): CutoverError {
  return new CutoverError('STORE_UNAVAILABLE', `the server cannot be used: ${why}`, {
    hint: 'look at CUTOVER_SERVER and CUTOVER_TOKEN, and at the server itself: /readyz',
    ...(cause === undefined ? {} : { cause }),
    ...(details === undefined ? {} : { details }),
  });
}

function isTooMuch(error: unknown): boolean {
  return (
    error instanceof CutoverError && (error.details?.['status'] === 413 || error.details?.['status'] === 429)
  );
}

function parsed({ text }: HttpAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unavailable('its answer is no JSON', cause);
  }
}

function stateOf(message: RoutingMessage | undefined): StoredRouting | undefined {
  if (message === undefined) throw unavailable('what it answers is no routing state');
  const { epoch, mark, body, knows } = message;
  return body === null ? undefined : { epoch, mark, body, ...(knows === undefined ? {} : { knows }) };
}
