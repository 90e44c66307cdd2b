import type { Cutover } from '../repository/index.ts';
import { answerPinned } from './answer.ts';
import { RequestScope, type ScopeOptions } from './scope.ts';

/**
 * Wraps a Next.js route handler, or any function from a web request to an answer: one decision for each request, until its
 * answer was sent. For the Node runtime of Next.js; its edge runtime has no source yet.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * export const GET = withCutover(cutover, async (request) => Response.json(await bikes.list()), {
 *   key: (request) => request.headers.get('x-user') ?? undefined,
 * });
 */
export function withCutover<Req extends Request, Rest extends readonly unknown[]>(
  cutover: Pick<Cutover, 'pin'>,
  handler: (request: Req, ...rest: Rest) => Response | Promise<Response>,
  options: ScopeOptions<Req> = {},
): (request: Req, ...rest: Rest) => Promise<Response> {
  const scope = new RequestScope(cutover, options);
  return (request, ...rest) => answerPinned(scope, request, async () => handler(request, ...rest));
}
