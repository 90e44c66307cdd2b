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
  instanceUrl,
  parseRoutingMessage,
  type InstanceCall,
  type ReportMessage,
  type RoutingMessage,
} from '../wire/index.ts';
import type { InstanceLink } from './link.ts';

/** Where a server is, and who asks. `token` comes from the environment and goes nowhere but there. */
export type ServerAddress = { readonly url: string; readonly token: string };

export type ServerLinkOptions = {
  readonly server: ServerAddress;
  readonly migration: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly random: Random;
};

type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
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
  }

  async report(
    _: string,
    instance: string,
    status: Json,
    telemetry?: Json,
  ): Promise<RoutingMark | undefined> {
    const body: ReportMessage = { v: 1, instance, status, telemetry: telemetry ?? null };
    const answer = parseRoutingMessage(await this.#post('report', body));
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
    const headers = this.#etag === '' ? {} : { 'if-none-match': this.#etag };
    const response = await this.#request('routing', { headers });
    if (response.status !== 304) {
      this.#current = stateOf(parseRoutingMessage(await readJson(response)));
      this.#etag = response.headers.get('etag') ?? '';
    }
    return this.#current;
  }

  async #askAbout({ seq, hash }: EventMark): Promise<StoredRouting | undefined> {
    const response = await this.#request('routing', {}, `?seq=${seq}&hash=${encodeURIComponent(hash)}`);
    return stateOf(parseRoutingMessage(await readJson(response)));
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

  /** The server's telemetry is the server's to prune. */
  pruneTelemetry(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    this.#closed.abort();
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
      const response = await this.#fetch('routing/stream', { signal });
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
    const headers = { 'content-type': 'application/json' };
    return readJson(await this.#request(call, { method: 'POST', headers, body: JSON.stringify(body) }));
  }

  async #request(call: InstanceCall, init: Asking, query = ''): Promise<Response> {
    const late = deadline(this.#options.clock, REQUEST_MS);
    try {
      const signal = AbortSignal.any([late.signal, this.#closed.signal]);
      const response = await this.#fetch(call, { ...init, signal }, query);
      // Read while the time still counts: an answer may stop in its middle.
      const text = await response.text();
      const isEmpty = response.status === 304 || response.status === 204;
      return new Response(isEmpty ? null : text, { status: response.status, headers: response.headers });
    } finally {
      late.end();
    }
  }

  async #fetch(call: InstanceCall, init: Asking, query = ''): Promise<Response> {
    const { server, migration, environment } = this.#options;
    const headers = { ...init.headers, authorization: `Bearer ${server.token}` };
    let response: Response;
    try {
      response = await fetch(instanceUrl(server.url, migration, environment, call) + query, {
        ...init,
        headers,
        // A token is for this server, not for one that it may name.
        redirect: 'error',
      });
    } catch (cause) {
      throw unavailable(describeError(cause), cause);
    }
    if (response.ok || response.status === 304) return response;
    throw await refusalOf(response);
  }
}

/** What the server refused, as it said it; a server that is away, or something before it, is no refusal. */
async function refusalOf(response: Response): Promise<CutoverError> {
  const json: unknown = await response.json().catch(() => null);
  const said = typeof json === 'object' && json !== null && 'message' in json ? String(json.message) : '';
  return unavailable(`it answers ${response.status}${said === '' ? '' : `: ${said}`}`);
}

function unavailable(why: string, cause?: unknown): CutoverError {
  return new CutoverError('STORE_UNAVAILABLE', `the server cannot be used: ${why}`, {
    hint: 'look at CUTOVER_SERVER and CUTOVER_TOKEN, and at the server itself: /readyz',
    ...(cause === undefined ? {} : { cause }),
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw unavailable('its answer is no JSON', cause);
  }
}

function stateOf(message: RoutingMessage | undefined): StoredRouting | undefined {
  if (message === undefined) throw unavailable('what it answers is no routing state');
  const { epoch, mark, body, knows } = message;
  return body === null ? undefined : { epoch, mark, body, ...(knows === undefined ? {} : { knows }) };
}
