import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCutover } from 'cutover';
import { nodeSource } from 'cutover/node';
import plan from '../cutover.config.ts';
import { withDrizzle } from './candidate.ts';
import { rawSql } from './control.ts';
import { createDatabase, openDatabase } from './database.ts';
import { Faults } from './faults.ts';
import type { Result } from './types.ts';

const file = process.env['DATABASE'] ?? 'app.db';
if (!existsSync(file)) createDatabase(file);
const database = openDatabase(file);

const cutover = createCutover(plan, {
  source: nodeSource(plan, {
    environment: process.env['ENVIRONMENT'] ?? 'production',
    // What leaks is kept for whoever has to find it: there is no user's data in this example.
    heapSnapshots: { most: 2, mostBytes: '500MB' },
  }),
  connections: () => 1,
});
const control = rawSql(database);
const candidate = withDrizzle(database, new Faults(process.env['FAULTS']));
const isError = (result: unknown): boolean => (result as Result<unknown>).ok === false;

const projects = cutover.repository('project', {
  control: control.project,
  candidate: candidate.project,
  reads: ['find', 'list'],
  isError,
});
const executions = cutover.repository('execution', {
  control: control.execution,
  candidate: candidate.execution,
  reads: ['find', 'forProject'],
  isError,
});
const events = cutover.repository('event', {
  control: control.event,
  candidate: candidate.event,
  reads: ['forExecution', 'count'],
  isError,
});

type Body = Readonly<Record<string, unknown>>;
type Route = readonly [
  method: string,
  path: RegExp,
  answer: (ids: readonly number[], body: Body, url: URL) => Promise<Result<unknown>>,
];

const ROUTES: readonly Route[] = [
  ['GET', /^\/projects$/, (_, __, url) => projects.list(url.searchParams.get('owner') ?? '')],
  ['GET', /^\/projects\/(\d+)$/, ([id = 0]) => projects.find(id)],
  ['POST', /^\/projects$/, (_, body) => projects.create(String(body['name']), String(body['owner']))],
  ['GET', /^\/projects\/(\d+)\/executions$/, ([id = 0]) => executions.forProject(id)],
  [
    'POST',
    /^\/projects\/(\d+)\/executions$/,
    ([id = 0], body) => executions.start(id, typeof body['note'] === 'string' ? body['note'] : null),
  ],
  ['GET', /^\/executions\/(\d+)$/, ([id = 0]) => executions.find(id)],
  ['GET', /^\/executions\/(\d+)\/events$/, ([id = 0]) => events.forExecution(id)],
  [
    'POST',
    /^\/executions\/(\d+)\/events$/,
    ([id = 0], body) => events.append(id, String(body['kind']), JSON.stringify(body)),
  ],
];

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => send(response, 500, { error: String(error) }));
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/health') return send(response, 200, { ok: true });
  if (url.pathname === '/which')
    return send(
      response,
      200,
      ['project', 'execution', 'event'].map((name) => cutover.which(name)),
    );
  const route = ROUTES.find(([method, path]) => method === request.method && path.test(url.pathname));
  if (route === undefined) return send(response, 404, { error: 'no such page' });
  const ids = (route[1].exec(url.pathname) ?? []).slice(1).map(Number);
  const body = request.method === 'POST' ? await readJson(request) : {};
  const key = request.headers['x-user']?.toString();
  // One decision for the whole request, whatever happens to the exposure meanwhile.
  await cutover.pin(key === undefined ? {} : { key }, async () => {
    const result = await route[2](ids, body, url);
    if (!result.ok) return send(response, 503, { error: result.error.name, message: result.error.message });
    return send(response, result.value === null ? 404 : 200, result.value);
  });
}

async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Body;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port }));
});

async function stop(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await cutover.close();
  database.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// Started by a fleet: when that is gone, so are we.
process.once('disconnect', () => void stop());
