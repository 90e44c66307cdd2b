import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { MOST_REPORT_BYTES } from './beacon-report.ts';
import type { Beacon } from './beacon.ts';
import { closed } from './closed.ts';
import { asksForPage } from './page-request.ts';
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
  const { beacon } = options;
  const plugin: FastifyPluginCallback = (app, _options, registered) => {
    if (beacon !== undefined) addRoutes(app, beacon);
    app.addHook('preHandler', (request, reply, done) => {
      if (beacon?.serves(request.routeOptions.url ?? '') === true) {
        done();
        return;
      }
      const timing = asksForPage(request.headers) ? beacon?.serverTimingNow(scope.key(request)) : undefined;
      if (timing !== undefined) void reply.header('server-timing', timing);
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

function addRoutes(app: FastifyInstance, beacon: Beacon): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { status, headers, body } = await beacon.answer({
      method: request.method,
      path: request.routeOptions.url ?? '',
      header: (name) => request.headers[name]?.toString(),
      body: async () => (typeof request.body === 'string' ? request.body : ''),
    });
    return reply.status(status).headers(headers).send(body);
  };
  app.get(`${beacon.path}.js`, answer);
  app.post(beacon.path, { bodyLimit: MOST_REPORT_BYTES }, answer);
}
