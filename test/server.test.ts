import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { operate, startRun } from '../src/engine/index.ts';
import { seededRandom, systemClock } from '../src/kernel/index.ts';
import type { PlanInput } from '../src/plan/index.ts';
import { revokeToken } from '../src/server/index.ts';
import { EventStreams } from '../src/server/event-stream.ts';
import { ROUTES } from '../src/server/routes/index.ts';
import { PLAN } from './fixtures/cli-project.ts';
import { eventsOf, Served } from './fixtures/served.ts';
import type { StreamEvent } from '../src/wire/index.ts';
import { SimulatedFleet } from './fixtures/simulated-fleet.ts';

const INPUT = {
  ...PLAN,
  checklists: { ready: ['dashboard', 'on call'] },
  phases: PLAN.phases.map((phase) => ({ ...phase, needs: { checklists: ['ready'], approvals: ['CTO'] } })),
} as unknown as PlanInput;
const HERE = '/migrations/swap/staging';
const PATIENCE = { timeout: 20_000, interval: 20 };

const EMPTY_BATCH = { v: 1, epoch: 1, spanMs: 60, operations: [], gauges: {}, counters: {} };
const SAMPLE = { at: 'total', args: ['7'], served: 'control', controlMs: 1, candidateMs: 2 };
const SHADOWED = {
  repository: 'user',
  operation: 'find',
  sampled: 12,
  states: { match: 7, mismatch: 2, failed: 1, timedOut: 2 },
  reasons: {},
  groups: [
    {
      id: '0a0b0c0d',
      kind: 'type',
      path: 'total',
      as: 'number',
      count: 3,
      firstAt: 10,
      lastAt: 20,
      sample: { ...SAMPLE, control: '1', candidate: '"1"' },
    },
  ],
  rules: { ordered: false, key: ['id'], same: [], ignore: [] },
};

let served: Served;
let fleet: SimulatedFleet;
let admin: string;
let viewer: string;
let operator: string;
let approver: string;
let shop: string;

beforeAll(async () => {
  served = await Served.create({}, INPUT);
  await served.store.report('swap/staging', 'i1', {}, { ...EMPTY_BATCH, shadow: [SHADOWED] });
  fleet = new SimulatedFleet(served.store, 'swap/staging', ['i1', 'i2']).start();
  admin = await served.token('root', ['administrator']);
  viewer = await served.token('vi', ['viewer']);
  operator = await served.token('ana', ['operator']);
  approver = await served.token('dana', ['approver'], { approves: ['CTO'] });
  shop = await served.token('shop', ['instance'], { scopes: ['swap/staging'] });
  await startRun(served.store, systemClock, {
    plan: served.plan,
    planHash: served.hash,
    environment: 'staging',
    timeScale: 1,
    random: seededRandom(1),
    actor: 'ben',
    reason: 'test',
  });
});

afterAll(async () => {
  await fleet.stop();
  await served.remove();
});

const json = async (response: Response) => JSON.parse(await response.text());
const codeOf = async (response: Response): Promise<string> =>
  `${response.status} ${(await json(response)).code}`;

/** What each route is asked with; a route that is not here fails the test. */
const ASKED: Readonly<
  Record<string, { query?: string; body?: object; by?: 'operator' | 'approver' | 'shop' }>
> = {
  listMigrations: {},
  getStatus: {},
  getPlan: {},
  listRuns: {},
  listInstances: {},
  listMismatches: {},
  explainMismatch: { query: '?id=0a0b0c0d' },
  getWaiting: {},
  readLog: { query: '?limit=5&kind=run&actor=ana&repository=user&lines=true&looks=false' },
  listLooks: {},
  getSeries: { query: '?repository=user' },
  getDecision: { query: '?explain=true' },
  previewRollback: { query: '?repository=user' },
  verifyLog: {},
  getSummary: {},
  getMe: {},
  listTokens: {},
  readAudit: {},
  pause: { body: {}, by: 'operator' },
  resume: { body: {}, by: 'operator' },
  check: { body: { checklist: 'ready', items: null }, by: 'operator' },
  rollback: { body: {}, by: 'operator' },
  kill: { body: { hard: true }, by: 'operator' },
  setFlag: { body: { flag: 'use_candidate', value: false }, by: 'operator' },
  getRouting: { by: 'shop' },
  report: {
    by: 'shop',
    body: { v: 1, instance: 'i9', status: { v: 1, applied: 0, acknowledged: 0 }, telemetry: null },
  },
  leave: { by: 'shop', body: { instance: 'i9' } },
};
/** Tried by other tests: what they answer in this state is a refusal, or they are streams. */
const ELSEWHERE = [
  'advance',
  'override',
  'skip',
  'approve',
  'reject',
  'count',
  'stream',
  'streamRouting',
  'exportLog',
];

describe('the interface', () => {
  it('has every route in its OpenAPI document, and answers as that says', async () => {
    const document = await json(await served.ask('/api/v1/openapi.json'));
    expect(document.openapi).toBe('3.1.0');
    const tokens = { operator, approver, shop };
    for (const route of ROUTES) {
      const described = document.paths[`/api/v1${route.path}`]?.[route.method];
      expect(described?.operationId, route.path).toBe(route.name);
      expect(described.responses[200].content).toBeDefined();
      if (ELSEWHERE.includes(route.name)) continue;
      const asked = ASKED[route.name];
      if (asked === undefined) throw new Error(`${route.name} is not asked`);
      const path = route.path.replace('{migration}', 'swap').replace('{environment}', 'staging');
      const token = asked.by === undefined ? admin : tokens[asked.by];
      const isPerson = asked.by !== 'shop';
      const response = await (route.method === 'get'
        ? served.get(path + (asked.query ?? ''), token)
        : served.post(path, token, isPerson ? { reason: route.name, ...asked.body } : asked.body));
      const body = await json(response);
      expect(response.status, `${route.name}: ${JSON.stringify(body)}`).toBe(200);
      const checked = route.answer?.safeParse(body);
      expect(checked?.error?.message, route.name).toBeUndefined();
      if (route.name === 'rollback') await rolledBack();
    }
    expect(Object.keys(document.paths)).toHaveLength(new Set(ROUTES.map(({ path }) => path)).size);
  });

  it('counts what the shadow compared and what nothing explains, and says why two answers differ', async () => {
    const found = await json(await served.get(`${HERE}/mismatches`, viewer));
    expect(found).toMatchObject({ compared: 10, different: 3, operations: [{ compared: 10, different: 3 }] });
    const { explained } = await json(await served.get(`${HERE}/mismatches/explained?id=0a0b0c0d`, viewer));
    expect(explained).toMatchObject([
      { group: { id: '0a0b0c0d', count: 3 }, coveredBy: null, ignore: { owner: 'vi', path: 'total' } },
    ]);
    const other = await json(await served.get(`${HERE}/mismatches/explained?id=ffff`, viewer));
    expect(other.explained).toEqual([]);
  });

  it('verifies a rollback that no controller carries', async () => {
    const took = async () => (await json(await served.get(`${HERE}/status`, viewer))).rollback.tookMs;
    await expect.poll(took, PATIENCE).toEqual(expect.any(Number));
    expect(served.faults).toEqual([]);
  });

  it('refuses what nobody may send, with a code and where it is', async () => {
    const wrong = await json(await served.post(`${HERE}/skip`, operator, { reason: 'x', stepp: 'a' }));
    expect(wrong).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(JSON.stringify(wrong)).toContain('stepp');
    expect(await codeOf(await served.post(`${HERE}/pause`, operator, { reason: ' ' }))).toBe(
      '400 REQUEST_INVALID',
    );
    expect(await codeOf(await served.get('/nothing', viewer))).toBe('404 NOT_FOUND');
    for (const [method, path, allow] of [
      ['PUT', `/api/v1${HERE}/pause`, 'POST'],
      ['POST', `/api/v1${HERE}/status`, 'GET, HEAD'],
      ['DELETE', '/healthz', 'GET, HEAD'],
    ] as const) {
      const refused = await fetch(served.url + path, { method });
      expect([refused.headers.get('allow'), await codeOf(refused)]).toEqual([
        allow,
        '405 METHOD_NOT_ALLOWED',
      ]);
    }
    const other = await json(await served.get('/migrations/swapp/staging/status', viewer));
    expect(other).toMatchObject({ code: 'UNKNOWN_MIGRATION', hint: 'did you mean swap/staging?' });
    const long = { reason: 'x'.repeat(70_000) };
    expect(await codeOf(await served.post(`${HERE}/pause`, operator, long))).toBe('413 BODY_TOO_LARGE');
    const form = await fetch(`${served.url}/api/v1${HERE}/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'text/plain' },
      body: '{"reason":"x"}',
    });
    expect(await codeOf(form)).toBe('400 REQUEST_INVALID');
  });

  it('asks for the plan id where the environment is protected', async () => {
    const there = '/migrations/swap/production/kill';
    expect(await codeOf(await served.post(there, operator, { reason: 'x' }))).toBe('428 CONFIRMATION_NEEDED');
    const done = await served.post(there, operator, { reason: 'x', confirm: 'swap' });
    expect(done.status).toBe(200);
  });

  it('shows the log by pages, both ways', async () => {
    const all = await json(await served.get(`${HERE}/log?after=0&limit=500`, viewer));
    const seqs: number[] = [];
    for (let before: number | null = 1e9; before !== null;) {
      const page = await json(await served.get(`${HERE}/log?before=${before}&limit=3`, viewer));
      seqs.unshift(...page.events.map(({ seq }: { seq: number }) => seq));
      before = page.before;
    }
    expect(seqs).toEqual(all.events.map(({ seq }: { seq: number }) => seq));
    expect(seqs.length).toBeGreaterThan(3);
  });
});

describe('the past', () => {
  type Shown = {
    seq: number;
    kind: string;
    actor: string | null;
    repositories: string[];
    text: string | null;
  };
  const log = async (query: string): Promise<readonly Shown[]> =>
    (await json(await served.get(`${HERE}/log?limit=500&${query}`, viewer))).events;

  it('is asked for by kind, by who did it and by repository', async () => {
    const all = await log('before=1000000');
    const kinds = new Set((await log('kind=rollback')).map(({ kind }) => kind));
    expect(kinds).toContain('rollback.started');
    expect([...kinds].filter((kind) => !kind.startsWith('rollback.'))).toEqual([]);
    expect((await log('kind=rollback.started')).every(({ kind }) => kind === 'rollback.started')).toBe(true);
    const ofAna = await log('actor=ana');
    expect(ofAna.map(({ seq }) => seq)).toEqual(
      all.filter(({ actor }) => actor === 'ana').map(({ seq }) => seq),
    );
    expect(ofAna.length).toBeGreaterThan(0);
    const ofUser = await log('repository=user');
    expect(ofUser.some(({ kind }) => kind === 'rollback.started')).toBe(true);
    expect(
      ofUser.every(({ repositories }) => repositories.includes('user') || repositories.includes('*')),
    ).toBe(true);
    expect((await log('looks=false')).map(({ seq }) => seq)).toEqual(
      all.filter(({ kind }) => !kind.endsWith('.looked')).map(({ seq }) => seq),
    );
    expect((await log('lines=true')).every(({ text }) => text !== null)).toBe(true);
  });

  it('is told in short: the newest run, and every rollback with its time', async () => {
    const { run, rollbacks } = await json(await served.get(`${HERE}/summary`, viewer));
    expect(run).toMatchObject({ title: 'Swap', actor: 'ben', reason: 'test' });
    expect(run.checks).toHaveLength(2);
    expect(rollbacks[0]).toMatchObject({
      run: run.id,
      cause: 'person',
      repositories: null,
      done: { tookMs: expect.any(Number), instances: 2 },
    });
  });
});

async function rolledBack(): Promise<void> {
  await expect
    .poll(async () => (await json(await served.get(`${HERE}/status`, viewer))).state, PATIENCE)
    .toBe('rolled-back');
}

describe('the log', () => {
  it('is checked from its first event to its last', async () => {
    const checked = await json(await served.get(`${HERE}/log/verify`, viewer));
    const { log } = await json(await served.get(`${HERE}/status`, viewer));
    expect(checked).toMatchObject({ ok: true, problems: [], head: expect.any(String) });
    expect(checked.events).toBeLessThanOrEqual(log.seq);
  });

  it('is given as a file, whole and with its hashes, as JSON and as a table', async () => {
    const { events } = await json(await served.get(`${HERE}/log?after=0&limit=500`, viewer));
    const file = await served.get(`${HERE}/log/export`, viewer);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="swap-staging-log.json"');
    const { events: exported } = await json(file);
    expect(exported.slice(0, events.length)).toEqual(events);
    const table = await served.get(`${HERE}/log/export?format=csv&after=2`, viewer);
    expect(table.headers.get('content-type')).toContain('text/csv');
    const [head, first = ''] = (await table.text()).split('\r\n');
    expect(head).toBe('seq,at,kind,actor,reason,text,body,prev,hash');
    expect(first.startsWith('3,')).toBe(true);
    expect(await codeOf(await served.get(`${HERE}/log/export?format=pdf`, viewer))).toBe(
      '400 REQUEST_INVALID',
    );
  });
});

describe('what charts and decisions are drawn from', () => {
  it('is the telemetry of each side, with the steps and events of the run', async () => {
    const sum = (points: readonly (number | null)[]) =>
      points.reduce<number>((total, point) => total + (point ?? 0), 0);
    const read = async () => json(await served.get(`${HERE}/series?repository=user`, viewer));
    const calls = async () => sum((await read()).repositories[0].control.calls);
    await expect.poll(calls, PATIENCE).toBeGreaterThan(0);
    const { times, coveredMs, repositories, operations, bands, markers, limits, run, from } = await read();
    expect(times.length).toBeLessThanOrEqual(240);
    expect(coveredMs).toHaveLength(times.length);
    expect(repositories.map(({ repository }: { repository: string }) => repository)).toEqual(['user']);
    expect(operations[0]).toMatchObject({ repository: 'user', operation: 'find' });
    expect(markers.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(['run', 'rollback', 'kill', 'epoch']),
    );
    expect(bands.map(({ kind }: { kind: string }) => kind)).toContain('rollback');
    expect(limits).toMatchObject([{ title: 'Errors', of: 'errorRate', redAt: 0.05, yellowAt: 0.01 }]);
    expect(run).toEqual(expect.any(String));
    expect(from).toBeLessThan(times.at(-1));
  });

  it('is refused where it is asked for wrongly, with what is there', async () => {
    const refused = async (path: string) => json(await served.get(`${HERE}/${path}`, viewer));
    expect(await refused('series?repository=usr')).toMatchObject({
      code: 'UNKNOWN_REPOSITORY',
      hint: 'did you mean "user"?',
    });
    expect(await refused('series?last=10')).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await refused('series?from=20&to=10')).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await refused('decision?phase=rehearsel')).toMatchObject({
      code: 'REQUEST_INVALID',
      hint: 'did you mean "rehearsal"?',
    });
    expect(await refused('rollback-preview?repository=usr')).toMatchObject({
      refused: { code: 'UNKNOWN_REPOSITORY', hint: 'did you mean "user"?' },
    });
  });

  it('has the rows of the phase by repository, and what lets it begin and end', async () => {
    const { phase, columns, rows, next, entry, exit } = await json(
      await served.get(`${HERE}/decision?phase=rehearsal`, viewer),
    );
    expect([phase.id, columns]).toEqual(['rehearsal', ['user']]);
    expect(rows).toMatchObject([{ title: 'Errors', red: '5 %', onRed: 'rollback', minSamples: 10 }]);
    expect(rows[0].cells).toMatchObject([{ repository: 'user' }]);
    expect(next.onRed).toBe('No run is on, so nobody looks.');
    expect(entry.map(({ text }: { text: string }) => text)).toEqual([
      'checklist "ready" is confirmed',
      'CTO approved this plan within 24h',
    ]);
    expect(exit).toHaveLength(3);
  });

  it('knows how long the last rollback took', async () => {
    const { expected, isTakenBack } = await json(await served.get(`${HERE}/rollback-preview`, viewer));
    expect(expected.from).toBe('rollback');
    expect(isTakenBack).toBe(true);
  });
});

describe('who asks', () => {
  it('has to be known, and may do what the role allows and no more', async () => {
    expect(await codeOf(await served.ask('/api/v1/migrations'))).toBe('401 UNAUTHENTICATED');
    expect(await codeOf(await served.get('/migrations', `${viewer.slice(0, -1)}!`))).toBe(
      '401 UNAUTHENTICATED',
    );
    expect(await codeOf(await served.post(`${HERE}/kill`, viewer, { reason: 'x' }))).toBe('403 FORBIDDEN');
    expect(await codeOf(await served.get('/audit', operator))).toBe('403 FORBIDDEN');
    const some = await served.token('some', ['administrator'], { scopes: ['swap/staging'] });
    // Whose refusals they are is not known, and tokens are for every migration.
    for (const all of ['/audit', '/tokens'])
      expect(await codeOf(await served.get(all, some))).toBe('403 FORBIDDEN');
    expect((await json(await served.get('/me', some))).permissions).not.toContain('administer');
    const streamed = async (migration: string) =>
      codeOf(await served.get(`/stream?migration=${migration}&environment=production`, some));
    expect([await streamed('swap'), await streamed('no-such')]).toEqual(['403 FORBIDDEN', '403 FORBIDDEN']);
    expect(await codeOf(await served.get(`${HERE}/status`, shop))).toBe('403 FORBIDDEN');
    expect(await codeOf(await served.get('/migrations/swap/production/routing', shop))).toBe('403 FORBIDDEN');
  });

  it('approves only as the token says, what was looked at, and not what the same hands carry', async () => {
    const approve = (token: string, more: object) =>
      served.post(`${HERE}/approve`, token, { reason: 'x', role: 'CTO', planHash: served.hash, ...more });
    expect(await codeOf(await approve(operator, {}))).toBe('403 FORBIDDEN');
    expect(await codeOf(await approve(approver, { role: 'CEO' }))).toBe('403 FORBIDDEN');
    expect(await codeOf(await approve(approver, { planHash: 'f'.repeat(64) }))).toBe('409 PLAN_CHANGED');
    const ben = await served.token('ben', ['administrator']);
    expect(await codeOf(await approve(ben, {}))).toBe('403 SAME_HANDS');
    expect((await approve(approver, {})).status).toBe(200);
    expect((await json(await served.get(`${HERE}/waiting`, viewer))).approvals).toMatchObject([
      { role: 'CTO', approved: { actor: 'dana', until: expect.any(Number), isOver: false }, rejected: null },
    ]);
    const dana = await served.token('dana', ['operator']);
    expect(await codeOf(await served.post(`${HERE}/resume`, dana, { reason: 'x' }))).toBe('403 SAME_HANDS');
  });

  it('rejects as who may approve, also what was brought by the same hands, and that ends the approval', async () => {
    const reject = (token: string, more: object) =>
      served.post(`${HERE}/reject`, token, { reason: 'no', role: 'CTO', planHash: served.hash, ...more });
    expect(await codeOf(await reject(operator, {}))).toBe('403 FORBIDDEN');
    expect(await codeOf(await reject(approver, { role: 'CEO' }))).toBe('403 FORBIDDEN');
    expect(await codeOf(await reject(approver, { planHash: 'f'.repeat(64) }))).toBe('409 PLAN_CHANGED');
    const ben = await served.token('ben', ['administrator']);
    expect((await reject(ben, {})).status).toBe(200);
    expect((await json(await served.get(`${HERE}/waiting`, viewer))).approvals).toMatchObject([
      { role: 'CTO', approved: null, rejected: { actor: 'ben', reason: 'no' } },
    ]);
  });

  it('is nobody any more within moments of being revoked, also in the middle of a stream', async () => {
    const text = await served.token('leaver', ['viewer']);
    const id = text.split('_')[1] ?? '';
    const stream = await served.get('/stream?migration=swap&environment=staging', text);
    await revokeToken(served.store, systemClock, id, { actor: 'root', reason: 'left' });
    await expect.poll(async () => (await served.get('/me', text)).status, PATIENCE).toBe(401);
    // Ends by itself, at the next beat.
    await eventsOf(stream, () => false);
  });

  it('is on record when refused: as many of a kind as one entry, without a secret', async () => {
    for (let times = 0; times < 5; times += 1) await served.post(`${HERE}/kill`, viewer, { reason: 'x' });
    await served.ask('/enter/not-a-secret-of-ours');
    type Kept = { code: string; actor: string | null; path: string; count: number };
    const refusals = async (): Promise<readonly Kept[]> =>
      (await json(await served.get('/audit', admin))).events.flatMap(
        ({ refusals: all = [] }: { refusals?: Kept[] }) => all,
      );
    const ofViewer = async () =>
      (await refusals()).filter(({ actor, path }) => actor === 'vi' && path === `/api/v1${HERE}/kill`);
    const total = async () => (await ofViewer()).reduce((sum, { count }) => sum + count, 0);
    // One of the test before; how they are divided depends on when the first of them was written.
    await expect.poll(total, { timeout: 30_000, interval: 200 }).toBe(6);
    expect((await ofViewer()).length).toBeLessThanOrEqual(3);
    const paths = async () => (await refusals()).map(({ path }) => path);
    await expect.poll(paths, { timeout: 30_000, interval: 200 }).toContain('/enter/…');
    const text = JSON.stringify(await json(await served.get('/audit', admin)));
    expect(text).not.toContain('not-a-secret-of-ours');
    expect(text).not.toContain(viewer.slice(-43));
    const hashes = (await json(await served.get('/tokens', admin))).tokens;
    expect(JSON.stringify(hashes)).not.toContain('"hash"');
  });

  it('guesses ten times, and then waits', async () => {
    const other = await Served.create();
    try {
      const wrong = `cutover_0123456789ab_${'x'.repeat(43)}`;
      const codes: number[] = [];
      for (let times = 0; times < 12; times += 1) codes.push((await other.get('/me', wrong)).status);
      expect(codes.slice(0, 10)).toEqual(Array(10).fill(401));
      expect(codes.at(-1)).toBe(429);
    } finally {
      await other.remove();
    }
  });
});

describe('a browser', () => {
  it('enters by a link once, reads with its cookie, and changes things only from a page of this server', async () => {
    const link = served.links.at(-1) ?? '';
    const entered = await fetch(link, { redirect: 'manual' });
    expect(entered.status).toBe(303);
    const set = entered.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
    expect(served.links.at(-1)).not.toBe(link);
    const cookie = set.split(';')[0] ?? '';
    expect((await served.ask('/api/v1/me', { cookie })).status).toBe(200);
    const path = `/api/v1${HERE}/flag`;
    const body = { reason: 'x', flag: 'use_candidate', value: false };
    const status = async (headers: Record<string, string>) =>
      (await served.ask(path, { cookie, ...headers }, body)).status;
    expect(await status({})).toBe(403);
    expect(await status({ origin: 'https://evil.example', 'x-cutover-request': '1' })).toBe(403);
    expect(await status({ origin: served.url })).toBe(403);
    expect(await status({ origin: 'null', 'x-cutover-request': '1' })).toBe(403);
    expect(await status({ origin: served.url, 'x-cutover-request': '1' })).toBe(200);
  });

  it('is in at two servers of one machine: a cookie is sent to every port of a host', async () => {
    const other = await Served.create();
    try {
      const jar = new Map<string, string>();
      const asIn = (): Record<string, string> => ({
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      });
      for (const one of [served, other]) {
        const entered = await fetch(one.links.at(-1) ?? '', { redirect: 'manual', headers: asIn() });
        const [name = '', value = ''] =
          (entered.headers.get('set-cookie') ?? '').split(';')[0]?.split('=') ?? [];
        jar.set(name, value);
      }
      for (const one of [served, other]) expect((await one.ask('/api/v1/me', asIn())).status).toBe(200);
    } finally {
      await other.remove();
    }
  });

  it('is out for good when it leaves, by a page of this server alone', async () => {
    const one = await Served.create();
    try {
      const link = one.links.at(-1) ?? '';
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(204);
      const entered = await fetch(link, { redirect: 'manual' });
      const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
      const as = async (path: string, method: string, headers: Record<string, string>) =>
        fetch(`${one.url}${path}`, { method, headers: { cookie, ...headers } });
      const ours = { origin: one.url, 'x-cutover-request': '1' };
      expect((await as('/leave', 'POST', { ...ours, origin: 'http://elsewhere.example' })).status).toBe(403);
      expect((await as('/leave', 'POST', { origin: one.url })).status).toBe(403);
      expect((await as('/api/v1/me', 'GET', {})).status).toBe(200);
      const left = await as('/leave', 'POST', ours);
      expect(left.status).toBe(204);
      expect(left.headers.get('set-cookie')).toMatch(/^cutover_session_\d+=; .*Max-Age=0$/);
      expect((await as('/api/v1/me', 'GET', {})).status).toBe(401);
      expect((await as('/leave', 'POST', ours)).status).toBe(401);
    } finally {
      await one.remove();
    }
  });

  it('is given no page that runs or frames anything from elsewhere, and no name but its own', async () => {
    for (const path of [
      '/',
      '/m/swap/production',
      '/assets/app.js',
      '/api/v1/openapi.json',
      '/api/v1/me',
      '/nothing',
    ]) {
      const { headers } = await served.ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const shell = await (await served.ask('/')).text();
    expect(shell).toContain('<script type="module" src="/assets/app.js"></script>');
    expect(shell).not.toMatch(/<script(?![^>]* src="\/)|<style| on\w+=/);
  });

  it('is refused under a name that is not the server’s, whatever else it sends: its page had that name lead here', async () => {
    const other = await Served.create({ origins: ['https://cutover.example'] });
    try {
      const port = new URL(served.url).port;
      const own = [`127.0.0.1:${port}`, 'localhost', `[::1]:${port}`];
      const foreign = ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'LOCALHOST.'];
      const answered = (of: Served, host: string, path = '/api/v1/openapi.json', token?: string) =>
        askAs(of.url + path, host, token);
      for (const host of own) expect(await answered(served, host), host).toBe(200);
      for (const host of foreign)
        for (const path of ['/', '/healthz', '/api/v1/me', '/api/v1/openapi.json'])
          expect(await answered(served, host, path, viewer), `${host}${path}`).toBe(403);
      // A name that was given is one more, and no other.
      expect(await answered(served, 'cutover.example')).toBe(403);
      expect(await answered(other, 'cutover.example')).toBe(200);
      for (const host of own) expect(await answered(other, host), host).toBe(200);
      for (const host of foreign) expect(await answered(other, host), host).toBe(403);
      // A link is not used up by it either.
      const link = new URL(served.links.at(-1) ?? '');
      expect(await answered(served, 'evil.example', link.pathname)).toBe(403);
      expect(await answered(served, link.host, link.pathname)).toBe(303);
    } finally {
      await other.remove();
    }
  });
});

/** `fetch` has a host of its own; a request may have any. @returns the status */
async function askAs(
  url: string,
  host: string,
  token?: string,
  more: Record<string, string> = {},
): Promise<number | undefined> {
  const headers = { ...more, host, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const asked = request(url, { headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('a proxy that is trusted', () => {
  it('says who somebody is; from elsewhere, or without its secret, nobody does', async () => {
    const proxied = await Served.create({
      proxy: {
        userHeader: 'x-forwarded-email',
        groupsHeader: 'x-forwarded-groups',
        addresses: ['127.0.0.1'],
        secret: { header: 'x-proxy-secret', value: 'a long and random text' },
        everybody: ['viewer'],
        groups: new Map([['ops', ['operator']]]),
      },
      origins: ['https://cutover.example'],
    });
    try {
      const secret = { 'x-proxy-secret': 'a long and random text' };
      const ana = { 'x-forwarded-email': 'ana@example.test', ...secret };
      expect(await json(await proxied.ask('/api/v1/me', ana))).toMatchObject({
        actor: 'ana@example.test',
        by: 'proxy',
        roles: ['viewer'],
      });
      expect((await proxied.ask('/api/v1/me', { 'x-forwarded-email': 'ana' })).status).toBe(401);
      const ops = { ...ana, 'x-forwarded-groups': 'dev,ops', 'x-cutover-request': '1' };
      const kill = (headers: Record<string, string>) =>
        proxied.ask(`/api/v1${HERE}/kill`, headers, { reason: 'x' });
      expect((await kill({ ...ops, origin: proxied.url })).status).toBe(403);
      expect((await kill({ ...ops, origin: 'https://cutover.example' })).status).toBe(200);
      // A page in a browser on this machine speaks from the same address as the proxy.
      expect(await askAs(`${proxied.url}/api/v1/me`, 'evil.example', undefined, ana)).toBe(403);
      expect(await askAs(`${proxied.url}/api/v1/me`, 'cutover.example', undefined, ana)).toBe(200);
    } finally {
      await proxied.remove();
    }
  });
});

/** The places in the log that a stream told, in their order. */
const seqs = (events: readonly StreamEvent[]): readonly number[] =>
  events.filter(({ event }) => event === 'log').map(({ id }) => Number(id?.split('-')[0]));

describe('the stream of a migration', () => {
  const path = '/stream?migration=swap&environment=staging';
  const count = () =>
    operate(served.store, systemClock, 'swap/staging', {
      kind: 'check',
      plan: served.plan,
      checklist: 'ready',
      items: null,
      actor: 'eva',
      reason: 'again',
    });

  it('tells every event once and in order to whoever comes back, with the status and a beat', async () => {
    const { log } = await json(await served.get(`${HERE}/status`, viewer));
    const stream = await served.ask(`/api/v1${path}`, {
      authorization: `Bearer ${viewer}`,
      'last-event-id': '2',
    });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.headers.get('cache-control')).toContain('no-transform');
    const seen = await eventsOf(stream, (events) => {
      const kinds = new Set(events.map(({ event }) => event));
      return kinds.has('status') && seqs(events).includes(log.seq);
    });
    const ids = seqs(seen);
    expect(ids).toEqual(Array.from({ length: log.seq - 2 }, (_, index) => index + 3));
    expect(seen.some(({ event }) => event === 'beat')).toBe(true);
  });

  it('tells what happens while it is read, to as many as read, with one watch of the store', async () => {
    const watch = vi.spyOn(served.store, 'watch');
    const streams = await Promise.all(Array.from({ length: 20 }, () => served.get(path, viewer)));
    const { log } = await json(await served.get(`${HERE}/status`, viewer));
    await count();
    await operate(served.store, systemClock, 'swap/staging', {
      kind: 'approve',
      plan: { ...served.plan },
      planHash: 'another',
      role: 'CTO',
      now: 0,
      actor: 'eva',
      reason: 'an event',
    });
    const seen = await Promise.all(
      streams.map((stream) => eventsOf(stream, (events) => events.some(({ event }) => event === 'log'))),
    );
    for (const events of seen) expect(seqs(events)[0]).toBeGreaterThan(log.seq);
    expect(watch).not.toHaveBeenCalled();
  });

  it('is over at once for who asks for its head alone, as any read may', async () => {
    const opened = vi.spyOn(EventStreams.prototype, 'open');
    const entered = await fetch(served.links.at(-1) ?? '', { redirect: 'manual' });
    const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const { status } = await fetch(`${served.url}/api/v1${path}`, { method: 'HEAD', headers: { cookie } });
    expect(status).toBe(200);
    const [answer] = opened.mock.results;
    opened.mockRestore();
    const body = answer?.type === 'return' ? answer.value.body?.getReader() : undefined;
    expect(await body?.read()).toMatchObject({ done: true });
  });

  it('says first whom it is for', async () => {
    const seen = await eventsOf(await served.get(path, viewer), (events) => events.length > 2);
    const [first] = seen.filter(({ event }) => event !== 'beat');
    expect(first?.event).toBe('me');
    expect(JSON.parse(first?.data ?? '')).toEqual(await json(await served.get('/me', viewer)));
  });

  it('says so when the log is not the one that the reader knows: it ended before, or has another event there', async () => {
    const firstOf = async (after: string): Promise<StreamEvent | undefined> => {
      const stream = await served.get(`${path}&after=${after}`, viewer);
      const seen = await eventsOf(stream, (events) =>
        events.some(({ event }) => event === 'reset' || event === 'log' || event === 'status'),
      );
      return seen.find(({ event }) => event !== 'beat' && event !== 'me');
    };
    const { events } = await json(await served.get(`${HERE}/log?after=0&limit=2`, viewer));
    const known = events[1].hash.slice(0, 16);
    for (const after of ['999999', `2-${'0'.repeat(16)}`]) {
      const first = await firstOf(after);
      expect(first?.event).toBe('reset');
      expect(JSON.parse(first?.data ?? '')).toMatchObject({ replaced: true });
    }
    expect((await firstOf(`2-${known}`))?.id).toMatch(/^3-/);
    expect(await codeOf(await served.get(`${path}&after=2-beef`, viewer))).toBe('400 REQUEST_INVALID');
  });
});

describe('instances', () => {
  it('are told of the event behind which a state came, so that none has to ask for it', async () => {
    const own = await Served.create();
    const change = (value: boolean) =>
      operate(own.store, systemClock, 'swap/staging', {
        kind: 'set-flag',
        flag: 'use_candidate',
        value,
        actor: 'ana',
        reason: 'test',
      });
    try {
      const token = await own.token('shop', ['instance']);
      const states: { readonly mark: object; readonly behind?: object }[] = [];
      await eventsOf(await own.get(`${HERE}/routing/stream`, token), (events) => {
        const routings = events.filter(({ event }) => event === 'routing');
        if (routings.length > states.length) void change(routings.length % 2 === 1).catch(() => {});
        states.splice(0, Infinity, ...routings.map(({ data }) => JSON.parse(data)));
        return states.length > 2;
      });
      expect(states[0]).not.toHaveProperty('behind');
      expect(states[1]?.behind).toEqual(states[0]?.mark);
      expect(states[2]?.behind).toEqual(states[1]?.mark);
    } finally {
      await own.remove();
    }
  });

  it('are sent a routing state again only when it changed', async () => {
    const first = await served.get(`${HERE}/routing`, shop);
    const etag = first.headers.get('etag') ?? '';
    const headers = { authorization: `Bearer ${shop}`, 'if-none-match': etag };
    expect((await served.ask(`/api/v1${HERE}/routing`, headers)).status).toBe(304);
    const { mark } = await json(first);
    const knows = async (hash: string) =>
      (await json(await served.get(`${HERE}/routing?seq=${mark.seq}&hash=${hash}`, shop))).knows;
    expect([await knows(mark.hash), await knows('f'.repeat(64))]).toEqual([true, false]);
  });

  it('report within bounds: no other migration, no broken numbers, nothing endless', async () => {
    const status = { v: 1, applied: 0, acknowledged: 0 };
    const report = (body: object) =>
      served.post(`${HERE}/report`, shop, { v: 1, instance: 'i1', status, telemetry: null, ...body });
    const broken = {
      v: 1,
      operations: [{ repository: 'user', operation: 'find', side: 'candidate', calls: -1 }],
    };
    expect(await codeOf(await report({ telemetry: broken }))).toBe('400 REQUEST_INVALID');
    expect(await codeOf(await report({ instance: '' }))).toBe('400 REQUEST_INVALID');
    for (const acknowledged of [-1, 1.5, 1e300, '7'])
      expect(await codeOf(await report({ status: { ...status, acknowledged } }))).toBe('400 REQUEST_INVALID');
    // What writes JSON has a stack, too, so this one is written by hand.
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const deep = await fetch(`${served.url}/api/v1${HERE}/report`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop}`, 'content-type': 'application/json' },
      body: `{"v":1,"instance":"i1","telemetry":null,"status":{"v":1,"applied":0,"acknowledged":0,"x":${nested}}}`,
    });
    expect(await codeOf(deep)).toBe('400 REQUEST_INVALID');
    expect(await codeOf(await report({ status: { ...status, notes: ['x'.repeat(1_100_000)] } }))).toBe(
      '413 BODY_TOO_LARGE',
    );
    const all = await served.token('all', ['instance'], { scopes: ['*/*'] });
    expect(await codeOf(await served.post('/migrations/other/staging/report', all, {}))).toBe(
      '404 UNKNOWN_MIGRATION',
    );
  });

  it('acknowledge no epoch that there never was, and are seen to have said so', async () => {
    const status = { v: 1, applied: 9e9, acknowledged: 9e9, serving: { user: null }, notes: [7, 'mine'] };
    const body = { v: 1, instance: 'boaster', status, telemetry: null };
    expect((await served.post(`${HERE}/report`, shop, body)).status).toBe(200);
    const seen = async () => {
      const { instances } = await json(await served.get(`${HERE}/instances`, viewer));
      return instances.find(({ instance }: { instance: string }) => instance === 'boaster');
    };
    await expect.poll(seen, PATIENCE).toMatchObject({
      acknowledged: 0,
      candidate: false,
      notes: ['mine', expect.stringContaining('it counts for none')],
    });
    await served.post(`${HERE}/leave`, shop, { instance: 'boaster' });
  });

  it('that cannot acknowledge are waited for by nobody, and their telemetry counts', async () => {
    const telemetry = { v: 1, epoch: 1, spanMs: 1, operations: [], gauges: {}, counters: { seen: 1 } };
    const body = { v: 1, instance: 'function', status: null, telemetry };
    expect((await served.post(`${HERE}/report`, shop, body)).status).toBe(200);
    const names = (await served.store.instances('swap/staging')).map(({ instance }) => instance);
    expect(names).not.toContain('function');
    const told = await served.store.telemetry('swap/staging', 0);
    expect(told.some(({ instance }) => instance === 'function')).toBe(true);
  });
});

describe('a server that only reads', () => {
  it('changes nothing, whoever asks', async () => {
    const reader = await Served.create({ readOnly: true });
    try {
      const token = await reader.token('root', ['administrator']);
      expect(await codeOf(await reader.post(`${HERE}/kill`, token, { reason: 'x' }))).toBe('403 READ_ONLY');
      expect((await reader.get(`${HERE}/status`, token)).status).toBe(200);
    } finally {
      await reader.remove();
    }
  });
});

describe('a server that is ended', () => {
  it('ends its streams in order, and writes what it owes', async () => {
    const other = await Served.create();
    const token = await other.token('vi', ['viewer']);
    const stream = await other.get('/stream?migration=swap&environment=staging', token);
    const read = eventsOf(stream, () => false);
    await other.ask('/api/v1/migrations');
    await other.stop();
    expect((await read).some(({ event }) => event === 'beat')).toBe(true);
    const kinds = (await other.store.read('access')).map(({ kind }) => kind);
    expect(kinds).toContain('access.refused');
    await other.remove();
  });
});
