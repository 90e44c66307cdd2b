import type { Request, RequestHandler } from 'express';
import { closed } from './closed.ts';
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
  return (request, response, next) => {
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

/** Segments of a mounted router's path that look like a value: it may be mounted on a pattern, but only the path is known. */
const VALUE = /\d|%|@|.{25}/;

function pattern({ route, baseUrl }: Request): string | undefined {
  const path: unknown = (route as { readonly path?: unknown } | undefined)?.path;
  if (typeof path !== 'string' && !Array.isArray(path)) return undefined;
  const mounted = baseUrl.split('/').map((segment) => (VALUE.test(segment) ? ':' : segment));
  return mounted.join('/') + String(Array.isArray(path) ? path[0] : path);
}
