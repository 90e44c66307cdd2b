import { Hono } from 'hono';
import { cutoverRequests } from 'cutover/hono';
import { z } from 'zod';
import type { Shop } from './shop.ts';
import { ShopError } from './types.ts';

const REFUSED = { TAKEN: 409, NOT_AVAILABLE: 409, OUT_OF_STOCK: 409, UNKNOWN: 404, EMPTY: 422 } as const;

const json = z.record(z.string(), z.unknown());
const customerBody = z.strictObject({
  name: z.string().min(1),
  email: z.email(),
  phone: z.string().nullable().default(null),
  address: json.nullable().default(null),
  taxExempt: z.boolean().default(false),
});
const reserveBody = z.strictObject({ customerId: z.int(), until: z.coerce.date() });
const stockBody = z.strictObject({ quantity: z.int(), reason: z.string().min(1) });
const repairBody = z.strictObject({
  customerId: z.int(),
  bikeId: z.int().nullable().default(null),
  mechanicId: z.int().nullable().default(null),
  scheduledFor: z.coerce.date(),
  labour: z.int().min(0).default(0),
  notes: z.string().nullable().default(null),
});
const statusBody = z.strictObject({ status: z.enum(['scheduled', 'in_progress', 'done', 'cancelled']) });
const orderBody = z.strictObject({
  reference: z.uuid(),
  customerId: z.int(),
  cashierId: z.int(),
  payment: z.enum(['approved', 'declined']),
  bikes: z.array(z.int()).default([]),
  items: z.array(z.strictObject({ id: z.int(), quantity: z.int() })).default([]),
  metadata: json.default({}),
});

/** The shop's own screen: who works with it sees bikes, and its browser reports how the page fared. */
const HOME = `<!doctype html>
<html lang="en">
  <head><title>Bike shop</title><script src="/cutover-beacon.js"></script></head>
  <body><ul id="bikes"></ul>
  <script>
    fetch('/bikes').then((answer) => answer.json()).then((bikes) => {
      document.getElementById('bikes').append(...bikes.map(({ name, model, id }) =>
        Object.assign(document.createElement('li'), { textContent: name ?? model ?? id })));
    });
  </script></body>
</html>`;

/** The shop over HTTP. A request is one scope: what it reads twice it reads from one side. */
export function routesOf({ cutover, repositories, beacon }: Shop): Hono {
  const { user, customer, bike, item, repair, transaction } = repositories;
  const app = new Hono();
  app.get('/health', (c) => c.json({ ok: true }));
  app.get('/which', (c) => c.json(Object.keys(repositories).map((name) => cutover.which(name))));
  app.use(
    cutoverRequests(cutover, {
      key: (c) => c.req.header('x-user'),
      ...(beacon === undefined ? {} : { beacon }),
    }),
  );
  app.get('/', (c) => c.html(HOME));
  const id = (c: { req: { param(name: string): string | undefined } }): number => Number(c.req.param('id'));
  const orMissing = (value: unknown): Response =>
    Response.json(value, { status: value === null ? 404 : 200 });

  app.get('/users', async (c) => c.json(await user.list()));
  app.get('/users/:id{\\d+}', async (c) => orMissing(await user.find(id(c))));
  app.post('/users/:id{\\d+}/seen', async (c) => c.json(await user.seen(id(c), new Date())));

  app.get('/customers', async (c) => c.json(await customer.search(c.req.query('search') ?? '', 20)));
  app.get('/customers/waiting', async (c) => c.json(await customer.withOpenRepairs(10)));
  app.get('/customers/:id{\\d+}', async (c) => orMissing(await customer.find(id(c))));
  app.get('/customers/:id{\\d+}/transactions', async (c) => c.json(await transaction.forCustomer(id(c), 10)));
  app.post('/customers', async (c) => c.json(await customer.create(customerBody.parse(await c.req.json()))));
  app.delete('/customers/:id{\\d+}', async (c) => c.json(await customer.remove(id(c))));

  app.get('/bikes', async (c) => c.json(await bike.available(20)));
  app.get('/bikes/:id{\\d+}', async (c) => orMissing(await bike.find(id(c))));
  app.post('/bikes/:id{\\d+}/reserve', async (c) => {
    const { customerId, until } = reserveBody.parse(await c.req.json());
    return orMissing(await bike.reserve(id(c), customerId, until));
  });
  app.post('/bikes/:id{\\d+}/release', async (c) => orMissing(await bike.release(id(c))));

  app.get('/items', async (c) => c.json(await item.list(c.req.query('category') ?? 'parts')));
  app.get('/items/low', async (c) => c.json(await item.lowStock()));
  app.get('/items/:id{\\d+}', async (c) => orMissing(await item.find(id(c))));
  app.post('/items/:id{\\d+}/stock', async (c) => {
    const { quantity, reason } = stockBody.parse(await c.req.json());
    return orMissing(await item.adjust(id(c), quantity, reason));
  });

  app.get('/repairs', async (c) => {
    const from = new Date(c.req.query('from') ?? '2026-03-29T00:00:00+01:00');
    return c.json(await repair.between(from, new Date(from.getTime() + 86_400_000)));
  });
  app.get('/repairs/:id{\\d+}', async (c) => orMissing(await repair.find(id(c))));
  app.post('/repairs', async (c) => c.json(await repair.schedule(repairBody.parse(await c.req.json()))));
  app.post('/repairs/:id{\\d+}/status', async (c) => {
    const { status } = statusBody.parse(await c.req.json());
    return orMissing(await repair.setStatus(id(c), status, new Date()));
  });

  app.get('/transactions/:id{\\d+}', async (c) => orMissing(await transaction.find(id(c))));
  app.post('/transactions/:id{\\d+}/refund', async (c) => orMissing(await transaction.refund(id(c))));
  app.post('/checkout', async (c) => {
    const order = orderBody.parse(await c.req.json());
    // A sale changes bikes and items too: it goes to the candidate only where all three are there.
    const repositoriesOfASale = ['bike', 'item', 'transaction'] as const;
    return cutover.transaction({ repositories: repositoriesOfASale }, async () =>
      c.json(await transaction.checkout(order, new Date())),
    );
  });

  app.onError((error, c) => {
    const { name, message } = error;
    if (error instanceof ShopError) return c.json({ error: error.code, message }, REFUSED[error.code]);
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return c.json({ error: name, message }, 400);
    return c.json({ error: name, message }, 503);
  });
  return app;
}
