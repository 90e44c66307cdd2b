import { answerPinned } from './answer.ts';
import { RequestScope, type ScopeOptions, type Scoping } from './scope.ts';

/** As for every server; a handler of Next.js does not know its own route. */
export type HandlerOptions<Req> = Omit<ScopeOptions<Req>, 'route' | 'beacon'> & {
  /** The pattern that its requests are counted under: `/api/bikes/[id]`. @default all of those handlers together */
  readonly route?: string;
};

/**
 * Wraps a Next.js route handler, or any function from a web request to an answer: one decision for each request, until its
 * answer was sent. For the Node runtime of Next.js; its edge runtime has no source yet.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * export const GET = withCutover(cutover, async (request) => Response.json(await bikes.list()), {
 *   route: '/api/bikes',
 *   key: (request) => request.headers.get('x-user') ?? undefined,
 * });
 */
export function withCutover<Req extends Request, Rest extends readonly unknown[]>(
  cutover: Scoping,
  handler: (request: Req, ...rest: Rest) => Response | Promise<Response>,
  { route, ...options }: HandlerOptions<Req> = {},
): (request: Req, ...rest: Rest) => Promise<Response> {
  const scope = new RequestScope<Req>(cutover, options);
  return (request, ...rest) =>
    answerPinned(scope, request, { method: request.method, pattern: () => route }, async () =>
      handler(request, ...rest),
    );
}
