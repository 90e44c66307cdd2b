import type { Request, RequestHandler } from 'express';
import type { Cutover } from '../repository/index.ts';
import { RequestScope, type ScopeOptions } from './scope.ts';

/**
 * Express middleware: one decision for each request, until its connection has taken the answer or was closed. Put it behind
 * what reads bodies: some of those lose what Node carries through asynchronous calls.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * app.use(cutoverRequests(cutover, { key: (request) => request.get('x-user') }));
 */
export function cutoverRequests(
  cutover: Pick<Cutover, 'pin'>,
  options: ScopeOptions<Request> = {},
): RequestHandler {
  const scope = new RequestScope(cutover, options);
  return (request, response, next) => {
    scope.pin(request, () => {
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      next();
      return closed;
    });
  };
}
