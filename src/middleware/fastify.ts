import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { Cutover } from '../repository/index.ts';
import { RequestScope, type ScopeOptions } from './scope.ts';

/**
 * Fastify plugin: one decision for each request, from its `preHandler` hook until its connection has taken the answer or
 * was closed. By then the body was read and whoever authenticates in an earlier hook knows the key.
 *
 * @throws CutoverError `USAGE`, `SCOPE_UNAVAILABLE`
 * @example
 * await app.register(cutoverRequests(cutover, { key: (request) => request.user?.id }));
 */
export function cutoverRequests(
  cutover: Pick<Cutover, 'pin'>,
  options: ScopeOptions<FastifyRequest> = {},
): FastifyPluginCallback {
  const scope = new RequestScope(cutover, options);
  const plugin: FastifyPluginCallback = (app, _options, registered) => {
    app.addHook('preHandler', (request, reply, done) => {
      scope.pin(request, () => {
        const closed = new Promise<void>((resolve) => reply.raw.once('close', resolve));
        done();
        return closed;
      });
    });
    registered();
  };
  // Hooks of a plugin are for its own routes, unless it says that it is no context of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
