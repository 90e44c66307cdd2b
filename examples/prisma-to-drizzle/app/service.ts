import { serve } from '@hono/node-server';
import { routesOf } from './routes.ts';
import { openShop } from './shop.ts';

const shop = openShop(process.env);
const server = serve(
  { fetch: routesOf(shop).fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) },
  ({ port }) => console.log(JSON.stringify({ ready: true, port })),
);

// Who closes an idle connection first loses no request to it: that should be the caller.
if ('keepAliveTimeout' in server) server.keepAliveTimeout = 120_000;

async function stop(): Promise<void> {
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await shop.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// Started by a fleet: when that is gone, so are we.
process.once('disconnect', () => void stop());
