import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { CutoverError } from '../kernel/index.ts';
import { API } from '../wire/index.ts';
import type { Gatekeeper, Visit } from './access/gatekeeper.ts';
import { SESSION_MS, sessionCookie, type Sessions } from './access/session.ts';
import type { Place } from './catalogue.ts';
import { failureDocument, statusOfFailure } from './failure.ts';
import { openApiDocument } from './openapi.ts';
import { Pages } from './pages.ts';
import { readBody } from './body.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/index.ts';
import type { World } from './world.ts';

export type AppOptions = {
  readonly world: World;
  readonly gatekeeper: Gatekeeper;
  readonly sessions: Sessions | null;
  /** Names by which a server on loopback may be called; `null` elsewhere. A page elsewhere may have its own name lead here. */
  readonly hosts: ReadonlySet<string> | null;
  readonly isDraining: () => boolean;
  /** The link was used: a new one may be printed. */
  readonly onEntered: () => void;
  /** A fault of this program, or of its store. */
  readonly onFault: (error: unknown) => void;
};

/** Everything that the server answers, as a function of requests. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  const { world, hosts } = options;
  app.use(async (context, next) => {
    const host = (context.req.header('host') ?? '').replace(/:\d+$/, '');
    if (hosts !== null && !hosts.has(host))
      throw refusedTo(context, options, 'FORBIDDEN', `this server is not called ${JSON.stringify(host)}`);
    await next();
    for (const [name, value] of Object.entries(SECURITY)) context.res.headers.set(name, value);
    if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store');
  });
  app.get('/healthz', (context) => context.json({ ok: true }));
  app.get('/readyz', (context) => ready(context, options));
  const openApi = openApiDocument(ROUTES, world.version);
  app.get(`${API}/openapi.json`, (context) => context.json(openApi));
  for (const route of ROUTES)
    app.on(route.method, `${API}${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, (context) =>
      answer(context, route, options),
    );
  app.get('/enter/:secret', (context) => enter(context, options));
  app.post('/leave', (context) => leave(context, options));
  const pages = new Pages();
  const page = (context: Context) => pages.answer(context, 'index.html') ?? context.notFound();
  app.get('/', page);
  app.get('/m/*', page);
  app.get(
    '/assets/:name',
    (context) => pages.answer(context, context.req.param('name')) ?? context.notFound(),
  );
  app.notFound((context) => {
    const { method, path } = context.req;
    const methods = methodsOf(app, path);
    // An address that is there may lead to a file that is not.
    if (methods.length > 0 && !methods.includes(method === 'HEAD' ? 'GET' : method))
      throw new CutoverError('METHOD_NOT_ALLOWED', `${path} has no ${method}`, {
        hint: `use ${methods.join(' or ')}`,
        details: { allow: methods },
      });
    throw new CutoverError('NOT_FOUND', `there is no ${method} ${path}`, {
      hint: 'see /api/v1/openapi.json',
    });
  });
  app.onError((error) => {
    const status = statusOfFailure(error);
    if (status >= 500) options.onFault(error);
    const headers: Record<string, string> = { ...SECURITY, 'cache-control': 'no-store' };
    if (status === 401) headers['www-authenticate'] = 'Bearer';
    if (status === 429) headers['retry-after'] = '60';
    if (status === 405) headers['allow'] = allowOf(error);
    return Response.json(failureDocument(error), { status, headers });
  });
  return app;
}

/** What else an address can be asked by: the table that requests are led by is asked, so that no other has to agree with it. */
function methodsOf(app: Hono, path: string): readonly string[] {
  return METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, of]]) => of.method === method),
  );
}

/** By which anything here can be asked. */
const METHODS = ['GET', 'POST'] as const;

/** What can be read can be asked for its headers alone. */
function allowOf(error: unknown): string {
  const allow: unknown = error instanceof CutoverError ? error.details?.['allow'] : [];
  const methods = Array.isArray(allow) ? allow.map(String) : [];
  return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
}

/** No page may be framed, nothing may be run in one that did not come from here, and nobody is told where one was. */
const SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

async function answer(context: Context, route: Route, { world, gatekeeper }: AppOptions): Promise<Response> {
  const visit = visitOf(context);
  const { permission } = route;
  const place = placeOf(context, route);
  const who = permission === null ? null : gatekeeper.admit(visit, permission, place);
  try {
    if (route.mutates && world.readOnly)
      throw new CutoverError('READ_ONLY', `${route.name} changes something, and this server only reads`, {
        hint: 'another server, started without --read-only',
      });
    const answered = await route.respond({
      world,
      who,
      subject: place === null ? null : await world.catalogue.find(place.migration, place.environment),
      query: context.req.query(),
      body: route.body === null ? null : await readBody(context.req.raw, route.mostBytes),
      headers: context.req.raw.headers,
      isOpen: () => permission === null || gatekeeper.isStill(visit, permission),
    });
    return await answerTo(context, answered instanceof Response ? answered : Response.json(answered));
  } catch (error) {
    gatekeeper.refused(visit, error, who?.actor ?? null);
    throw error;
  }
}

/** Who asks for the head alone gets that: a stream behind it would go on with nobody to read it. */
async function answerTo(context: Context, response: Response): Promise<Response> {
  if (context.req.method !== 'HEAD') return response;
  await response.body?.cancel();
  return new Response(null, response);
}

function placeOf(context: Context, { path }: Route): Place | null {
  if (!path.includes('{migration}')) return null;
  return {
    migration: context.req.param('migration') ?? '',
    environment: context.req.param('environment') ?? '',
  };
}

function visitOf(context: Context): Visit {
  const { method, path } = context.req;
  // Whoever asks for the head alone reads.
  const as = method === 'HEAD' ? 'GET' : method;
  // An IPv4 address as a socket of both families has it.
  const peer = (getConnInfo(context).remote.address ?? '').replace(/^::ffff:/, '');
  return { method: as, path, headers: context.req.raw.headers, peer };
}

/** For a balancer: whether requests should be sent here. */
async function ready(context: Context, { world, isDraining }: AppOptions): Promise<Response> {
  if (isDraining()) return context.json({ ok: false, why: 'the server ends' }, 503);
  try {
    await world.store.streams();
    return context.json({ ok: true });
  } catch {
    return context.json({ ok: false, why: 'the store cannot be read' }, 503);
  }
}

function enter(context: Context, options: AppOptions): Response {
  // What only looks at a link, as a chat that shows what is behind it, must not use it up.
  if (context.req.method === 'HEAD') return context.body(null, 204);
  const cookie = options.sessions?.enter(context.req.param('secret') ?? '');
  if (cookie === undefined)
    throw refusedTo(context, options, 'UNAUTHENTICATED', 'this link was used, or is none');
  options.onEntered();
  setCookie(context, cookie, SESSION_MS / 1_000);
  return context.redirect('/', 303);
}

function leave(context: Context, { gatekeeper }: AppOptions): Response {
  gatekeeper.leave(visitOf(context));
  setCookie(context, '', 0);
  return context.body(null, 204);
}

/** @param seconds how long it is kept; 0 removes it */
function setCookie(context: Context, value: string, seconds: number): void {
  const name = sessionCookie(context.req.header('host') ?? '');
  context.header('set-cookie', `${name}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}`);
}

/** A refusal that is kept. A link may be mistyped by one character: it is no path to be read in a log. */
function refusedTo(
  context: Context,
  { gatekeeper }: AppOptions,
  code: 'FORBIDDEN' | 'UNAUTHENTICATED',
  message: string,
): CutoverError {
  const error = new CutoverError(code, message, { hint: 'the server printed where it is' });
  const visit = visitOf(context);
  const path = visit.path.startsWith('/enter/') ? '/enter/…' : visit.path;
  gatekeeper.refused({ ...visit, path }, error, null);
  return error;
}
