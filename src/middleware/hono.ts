import type { Context, MiddlewareHandler } from 'hono';
import { answerPinned } from './answer.ts';
import { RequestScope, type ScopeOptions, type Scoping } from './scope.ts';

/**
 * Hono middleware: one decision for each request, until its answer was sent.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * app.use(cutoverRequests(cutover, { key: (c) => c.req.header('x-user') }));
 */
export function cutoverRequests(cutover: Scoping, options: ScopeOptions<Context> = {}): MiddlewareHandler {
  const scope = new RequestScope(cutover, options);
  const { beacon } = options;
  return async (context, next) => {
    if (beacon?.serves(context.req.path) === true) return beacon.handle(context.req.raw);
    // Hono routes HEAD as GET, and says so only in the request itself.
    const { method } = context.req.raw;
    const answer = await answerPinned(
      scope,
      context,
      { method, pattern: () => pattern(context) },
      async () => {
        await next();
        return context.res;
      },
    );
    // Assigning an answer to one that is there would join their headers.
    if (answer !== context.res) {
      context.res = undefined;
      context.res = answer;
    }
    if (beacon === undefined || answer.headers.get('content-type')?.startsWith('text/html') !== true) return;
    const timing = await beacon.serverTiming(scope.key(context));
    if (timing !== undefined) context.header('server-timing', timing, { append: true });
  };
}

/** The path of the last handler that ran; what ends in `*` is a middleware, so no route has answered. */
function pattern({ req }: Context): string | undefined {
  const path = req.routePath;
  return path.endsWith('*') ? undefined : path;
}
