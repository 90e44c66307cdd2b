import type { Request, RequestHandler, Response } from 'express';
import type { Beacon } from './beacon.ts';
import { closed } from './closed.ts';
import { asksForPage, textOf } from './page-request.ts';
import { RequestScope, type ScopeOptions, type Scoping } from './scope.ts';

/**
 * Express middleware: one decision for each request, until its connection has taken the answer or was closed. Put it behind
 * what reads bodies: some of those lose what Node carries through asynchronous calls.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * app.use(cutoverRequests(cutover, { key: (request) => request.get('x-user') }));
 */
export function cutoverRequests(cutover: Scoping, options: ScopeOptions<Request> = {}): RequestHandler {
  const scope = new RequestScope(cutover, options);
  const { beacon } = options;
  return (request, response, next) => {
    if (beacon?.serves(request.path) === true) {
      answerTo(beacon, request, response);
      return;
    }
    const timing = asksForPage(request.headers) ? beacon?.serverTimingNow(scope.key(request)) : undefined;
    if (timing !== undefined) response.append('server-timing', timing);
    const served = {
      method: request.method,
      pattern: () => pattern(request),
      hasBegun: () => response.headersSent,
    };
    scope.pin(request, served, (watch) => {
      const sent = closed(response, watch);
      next();
      return sent;
    });
  };
}

/** Another middleware may have read the body before. */
function answerTo(beacon: Beacon, request: Request, response: Response): void {
  const read: unknown = request.body;
  const asked = {
    method: request.method,
    path: request.path,
    header: (name: string) => request.get(name),
    body: async (most: number) => (typeof read === 'string' ? read : textOf(request, most)),
  };
  beacon.answer(asked).then(
    ({ status, headers, body }) => response.status(status).set(headers).end(body),
    () => response.status(500).end(),
  );
}

/** Segments of a mounted router's path that look like a value: it may be mounted on a pattern, but only the path is known. */
const VALUE = /\d|%|@|.{25}/;

function pattern({ route, baseUrl }: Request): string | undefined {
  const path: unknown = (route as { readonly path?: unknown } | undefined)?.path;
  if (typeof path !== 'string' && !Array.isArray(path)) return undefined;
  const mounted = baseUrl.split('/').map((segment) => (VALUE.test(segment) ? ':' : segment));
  return mounted.join('/') + String(Array.isArray(path) ? path[0] : path);
}
