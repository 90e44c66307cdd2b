/** The shop's instances, by base URL. TARGETS is a list of them. */
export const TARGETS = (process.env['TARGETS'] ?? 'http://127.0.0.1:3000').split(',');

export type Reply = { readonly status: number; readonly body: unknown };

/** A check that waits for ever says nothing; this says which request was not answered. */
const TIMEOUT_MS = 30_000;

/** One request as the checks' own user. */
export async function ask(target: string, method: string, path: string, body?: object): Promise<Reply> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const unanswered = (error: unknown): never => {
    throw new Error(`${method} ${target}${path}`, { cause: error });
  };
  const response = await fetch(target + path, {
    method,
    signal,
    headers: { 'x-user': 'check', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(unanswered);
  return { status: response.status, body: await response.json().catch(unanswered) };
}
