import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import { closed } from './closed.ts';
import { RequestScope, type ScopeOptions, type Scoping } from './scope.ts';

/**
 * Fastify plugin: one decision for each request, from its `preHandler` hook until its connection has taken the answer or
 * was closed. By then the body was read and whoever authenticates in an earlier hook knows the key.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * await app.register(cutoverRequests(cutover, { key: (request) => request.user?.id }));
 */
export function cutoverRequests(
  cutover: Scoping,
  options: ScopeOptions<FastifyRequest> = {},
): FastifyPluginCallback {
  const scope = new RequestScope(cutover, options);
  const plugin: FastifyPluginCallback = (app, _options, registered) => {
    app.addHook('preHandler', (request, reply, done) => {
      const served = {
        method: request.method,
        pattern: () => request.routeOptions.url,
        hasBegun: () => reply.raw.headersSent,
      };
      scope.pin(request, served, (watch) => {
        const sent = closed(reply.raw, watch);
        done();
        return sent;
      });
    });
    registered();
  };
  // Hooks of a plugin are for its own routes, unless it says that it is no context of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
