import { CutoverError, systemClock, deadline } from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import { instanceUrl, parseRoutingMessage, type InstanceCall } from '../wire/index.ts';
import type { ServerlessOptions } from './source.ts';

export type ServerOptions = {
  /** The address of a `cutover serve`: `https://cutover.example`. */
  readonly server: string;
  /** A token of the role `instance`, from the place's own secrets. */
  readonly token: string;
  readonly environment: string;
  /** What this deployment's telemetry is called. @default 'serverless' */
  readonly instance?: string;
};

/** An invocation does not wait for longer. Milliseconds. */
const REQUEST_MS = 3_000;

/**
 * Reads the routing state from a `cutover serve`, and sends it what was counted. A state that has not changed is not sent
 * again (ETag). The server never waits for such a place to acknowledge anything.
 *
 * @example
 * const source = serverlessSource(plan, {
 *   environment: 'production',
 *   ...fromServer(plan, { server: env.CUTOVER_SERVER, token: env.CUTOVER_TOKEN, environment: 'production' }),
 * });
 */
export function fromServer(
  plan: Pick<PlanInput, 'id'>,
  options: ServerOptions,
): Required<Pick<ServerlessOptions, 'load' | 'send'>> {
  const { instance = 'serverless' } = options;
  let etag = '';
  let state: unknown = null;
  return {
    async load() {
      const response = await ask(plan, options, 'routing', {
        headers: etag === '' ? {} : { 'if-none-match': etag },
      });
      if (response.status === 304) return state;
      const message = parseRoutingMessage(await response.json());
      state = message?.body ?? null;
      etag = response.headers.get('etag') ?? '';
      return state;
    },
    async send(batch: TelemetryBatch) {
      const body = JSON.stringify({ v: 1, instance, status: null, telemetry: batch });
      const headers = { 'content-type': 'application/json' };
      await ask(plan, options, 'report', { method: 'POST', headers, body });
    },
  };
}

/** @throws CutoverError `STORE_UNAVAILABLE` */
async function ask(
  plan: Pick<PlanInput, 'id'>,
  { server, token, environment }: ServerOptions,
  call: InstanceCall,
  init: {
    readonly method?: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  },
): Promise<Response> {
  const late = deadline(systemClock, REQUEST_MS);
  try {
    const response = await fetch(instanceUrl(server, plan.id, environment, call), {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
      // A token is for this server, not for one that it may name; Workers do not know 'error'.
      redirect: 'manual',
      signal: late.signal,
    });
    if (response.ok || response.status === 304) return response;
    throw new CutoverError('STORE_UNAVAILABLE', `the server answers ${response.status}`, {
      hint: 'look at the address and the token of the server',
    });
  } finally {
    late.end();
  }
}
