import type { Context, MiddlewareHandler } from 'hono';
import type { Cutover } from '../repository/index.ts';
import { answerPinned } from './answer.ts';
import { RequestScope, type ScopeOptions } from './scope.ts';

/**
 * Hono middleware: one decision for each request, until its answer was sent.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * app.use(cutoverRequests(cutover, { key: (c) => c.req.header('x-user') }));
 */
export function cutoverRequests(
  cutover: Pick<Cutover, 'pin'>,
  options: ScopeOptions<Context> = {},
): MiddlewareHandler {
  const scope = new RequestScope(cutover, options);
  return async (context, next) => {
    const answer = await answerPinned(scope, context, async () => {
      await next();
      return context.res;
    });
    // Assigning an answer to one that is there would join their headers.
    if (answer !== context.res) {
      context.res = undefined;
      context.res = answer;
    }
  };
}
