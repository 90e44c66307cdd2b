import { deadline, describeError, systemClock } from '../kernel/index.ts';
import type { HttpRequest } from '../plan/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Response = {
  readonly status: number;
  /** No more of it than was asked for. */
  readonly body: string;
  readonly isCut: boolean;
  /** Takes out of a text what came from the environment: a server may echo it. */
  readonly redact: (text: string) => string;
};

/**
 * Sends a request, follows no redirect, and reads no more of the answer than is wanted. `${NAME}` in url, headers and body is
 * taken from the environment here, so that the plan and the log never hold a secret.
 *
 * @throws Error without a secret in it: nobody answered in time, or a variable is not set
 */
export async function sendRequest(
  request: Omit<HttpRequest, 'expectStatus'>,
  context: {
    readonly signal: AbortSignal;
    readonly env: Environment;
    /** Of the answer, bytes. */
    readonly most: number;
    /** Sent besides the request's own. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Put behind the address once it is known. */
    readonly path?: string;
    /** A body in which `${` means nothing. */
    readonly form?: string;
  },
): Promise<Response> {
  const { signal, env, most, path } = context;
  const used = new Set<string>();
  const redact = (text: string): string =>
    [...used].reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
  const late = deadline(systemClock, request.timeoutMs);
  try {
    const own = Object.entries(request.headers).map(
      ([name, value]) => [name, expand(value, env, used)] as [string, string],
    );
    const url = expand(request.url, env, used);
    const body = context.form ?? (request.body === null ? undefined : expand(request.body, env, used));
    const response = await fetch(path === undefined ? url : url.replace(/\/+$/, '') + path, {
      method: request.method,
      headers: [...Object.entries(context.headers ?? {}), ...own],
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
    return { status: response.status, ...(await readBody(response, most)), redact };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(redact(describeError(cause)), { cause: error });
  } finally {
    late.end();
  }
}

async function readBody(
  response: globalThis.Response,
  most: number,
): Promise<Pick<Response, 'body' | 'isCut'>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > most) break;
  }
  const body = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, most));
  return { body, isCut: bytes > most };
}

/** @throws Error for a name that the environment lacks: an empty secret must not be sent */
function expand(text: string, env: Environment, used: Set<string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
    used.add(value);
    return value;
  });
}
