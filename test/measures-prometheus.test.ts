import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { askMeasure } from '../src/deploy/index.ts';
import { AskedRunner } from '../src/engine/measures.ts';
import { countsOfAsked, measureAsked, type MeasureAnswer } from '../src/gate/index.ts';
import { createCutover, type Cutover } from '../src/index.ts';
import { systemClock, type Clock } from '../src/kernel/index.ts';
import type { AskedMetric, MetricInput, PlanInput } from '../src/plan/index.ts';
import { prometheusSource } from '../src/telemetry/prometheus.ts';
import { testSource, type TestSource } from '../src/testing/index.ts';
import { serve } from './fixtures/http-server.ts';
import { startPrometheus, whyNoPrometheus } from './fixtures/prometheus-server.ts';

/** One process of an application as Prometheus sees it. */
type Instance = {
  readonly url: string;
  /** Calls that are answered by this side, so many of them failing, and reported. */
  work(side: 'control' | 'candidate', calls: number, failing: number): Promise<void>;
  /** What a new process counts: from zero. */
  restart(): void;
  close(): Promise<void>;
};

const APP = { id: 'swap', repositories: { user: {} } } as const;

async function startInstance(): Promise<Instance> {
  const make = async (_: number, fails: boolean): Promise<void> => {
    await Promise.resolve();
    if (fails) throw new Error('the database said no');
  };
  let registry = new Registry();
  let source: TestSource;
  let cutover: Cutover;
  let users: { find(id: number, fails: boolean): Promise<void> };
  const begin = (): void => {
    registry = new Registry();
    source = testSource({ plan: APP, staleAfterMs: 3_600_000 });
    cutover = createCutover(APP, { source: prometheusSource(source, registry) });
    users = cutover.repository('user', {
      control: { find: make },
      candidate: { find: make },
      reads: ['find'],
    });
  };
  begin();
  const server = await serve((_, response) => {
    void registry.metrics().then((text) => response.end(text));
  });
  return {
    url: server.url,
    async work(side, calls, failing) {
      source.expose(side === 'candidate' ? 100 : 0);
      for (let call = 0; call < calls; call += 1) await users.find(call, call < failing).catch(() => {});
      source.collect();
    },
    restart() {
      void cutover.close();
      begin();
    },
    async close() {
      await cutover.close();
      await server.close();
    },
  };
}

const reason = whyNoPrometheus();
const run = reason === null || process.env['CI'] === 'true' ? describe : describe.skip;

run(`a measure of a real Prometheus${reason === null ? '' : ` (${reason})`}`, () => {
  let instances: readonly Instance[];
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    instances = await Promise.all([startInstance(), startInstance()]);
    for (const one of instances) {
      await one.work('control', 100, 1);
      await one.work('candidate', 50, 2);
    }
    const targets = instances.map(({ url }) => new URL(url).host);
    prometheus = await startPrometheus([
      { name: 'shop', targets, every: '1s' },
      { name: 'rare', targets, every: '6s' },
    ]);
  });
  afterAll(async () => {
    await prometheus?.stop();
    for (const one of instances ?? []) await one.close();
  });

  const planOf = (metric: MetricInput, server: Partial<NonNullable<PlanInput['prometheus']>> = {}) =>
    parsePlan({
      ...APP,
      title: 'Swap',
      topology: 'same-store',
      environments: { production: {} },
      prometheus: { url: '${PROMETHEUS_URL}', ...server },
      metrics: { m: metric },
      matrix: [{ title: 'Row', metric: 'm', red: 0.05 }],
      phases: [
        { id: 'all', environment: 'production', steps: [{ kind: 'expose', exposure: 1, of: 'users' }] },
      ],
      rollback: { budget: '1m' },
    }).plan;
  const ask = (
    metric: MetricInput,
    server: Partial<NonNullable<PlanInput['prometheus']>> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<MeasureAnswer> => {
    const plan = planOf(metric, server);
    return askMeasure(plan, plan.metrics['m'] as AskedMetric, {
      folder: '.',
      env: { PROMETHEUS_URL: prometheus.url, ...env },
      signal: new AbortController().signal,
    });
  };
  const number = (query: string): MetricInput => ({ kind: 'prometheus', query });
  const until = async (is: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await is()); tries += 1) {
      if (tries > 400) throw new Error('never');
      await systemClock.sleep(50);
    }
  };
  const scraped = (query: string, value: number): Promise<void> =>
    until(async () => {
      const answer = await ask(number(query));
      return answer.kind === 'levels' && answer.sides.both?.value === value;
    });
  const TOTAL = 'cutover_calls_total{job="shop"}';
  const BAD = 'cutover_errors_total{job="shop"}';

  it('is a number, or one for each side, from what instances export', async () => {
    await scraped(`sum(${TOTAL})`, 300);
    expect(await ask(number(`sum by (side) (${TOTAL}) # calls`))).toEqual({
      kind: 'levels',
      sides: { control: { value: 200, samples: 1 }, candidate: { value: 100, samples: 1 } },
    });
    expect(await ask(number('scalar(vector(7))'))).toMatchObject({ sides: { both: { value: 7 } } });
  });

  it('is a percentile of a histogram, in milliseconds', async () => {
    const metric = {
      kind: 'prometheus',
      query: 'histogram_quantile(0.95, sum by (le, side) (cutover_call_duration_seconds_bucket{job="shop"}))',
      unit: 's',
    } as const;
    const answer = await ask(metric);
    const plan = planOf(metric);
    const { candidate, control } = measureAsked('m', plan.metrics['m'] as AskedMetric, {
      now: 0,
      settings: { windowMs: 1 },
      answers: { m: { answers: [{ number: 1, at: 0, answer }], lateMs: 0 } },
    });
    for (const side of [candidate, control]) {
      expect(side.value).toBeGreaterThan(0);
      expect(side.value).toBeLessThan(1_000);
    }
  });

  it('counts by evidence what raw counters of each side grew by, over a restart', async () => {
    const metric = { kind: 'prometheus', bad: BAD, total: TOTAL } as const;
    const plan = planOf(metric);
    const asked = plan.metrics['m'] as AskedMetric;
    let now = 0;
    const clock: Clock = { ...systemClock, monotonic: () => now };
    const runner = new AskedRunner({ ask: () => ask(metric) }, clock);
    const next = async (): Promise<void> => {
      const before = runner.last();
      now += 10_000;
      runner.turn(plan, 'matrix', 1, 120_000);
      await until(() => Promise.resolve(runner.last() > before));
    };
    const strata = () =>
      countsOfAsked('m', asked, {
        now,
        settings: { windowMs: 60_000 },
        answers: runner.answers(plan),
        stage: { id: 's' },
        answersCounted: 0,
      })?.strata;
    await scraped(`sum(${TOTAL})`, 300);
    await next();
    expect(strata()).toEqual([]);
    await instances[0]?.work('candidate', 40, 4);
    await instances[1]?.work('control', 60, 1);
    await scraped(`sum(${TOTAL})`, 400);
    await next();
    expect(strata()).toEqual([
      { candidate: { calls: 40, red: 4, yellow: 4 }, control: { calls: 60, red: 1, yellow: 1 } },
    ]);
    instances[0]?.restart();
    await instances[0]?.work('candidate', 10, 3);
    await instances[0]?.work('control', 5, 0);
    await scraped(`sum(${TOTAL})`, 225);
    await next();
    expect(strata()).toEqual([
      { candidate: { calls: 50, red: 7, yellow: 7 }, control: { calls: 65, red: 1, yellow: 1 } },
    ]);
    expect(
      measureAsked('m', asked, { now, settings: { windowMs: 60_000 }, answers: runner.answers(plan) }),
    ).toMatchObject({
      candidate: { value: 7 / 50, samples: 50 },
      control: { value: 1 / 65, samples: 65 },
    });
    runner.stop();
  });

  it.each<[string, MetricInput, RegExp]>([
    ['nothing that matches', number('cutover_calls{job="nowhere"}'), /no series/],
    ['several series', number(TOTAL), /4 series, where one/],
    ['no number', number('vector(0) / 0'), /NaN is no number/],
    ['infinity', number('vector(1) / 0'), /\+Inf is no number/],
    ['a range', number(`${TOTAL}[1m]`), /400 .*(matrix|range vector)|gives a matrix/],
    ['a query with a mistake', number('sum(('), /400 .*parse error/],
    [
      'a misspelt counter',
      { kind: 'prometheus', bad: 'cutover_error_total', total: TOTAL },
      /no series for "bad"/,
    ],
    [
      'a misspelt total',
      { kind: 'prometheus', good: TOTAL, total: 'cutover_call_total' },
      /no series for "total"/,
    ],
    [
      'a rate where counters are needed',
      { kind: 'prometheus', bad: `rate(${BAD}[1m])`, total: `${TOTAL} + 0.5` },
      /no count: a counter is needed/,
    ],
  ])('is no data for %s', async (_, metric, why) => {
    expect(await ask(metric)).toEqual({ kind: 'nothing', why: expect.stringMatching(why) });
  });

  it('is no data once its series were not scraped for longer than maxAge', async () => {
    const [one] = instances;
    const rare = `{job="rare", instance="${new URL(one?.url ?? '').host}"}`;
    const plain = number(`cutover_epoch${rare}`);
    const counts = {
      kind: 'prometheus',
      good: `cutover_calls_total${rare}`,
      total: `cutover_calls_total${rare}`,
    } as const;
    await until(async () => (await ask(counts)).kind === 'counters');
    await until(async () => (await ask(counts, { maxAge: '1s' })).kind === 'nothing');
    await until(async () => (await ask(plain, { maxAge: '1s' })).kind === 'nothing');
    expect(await ask(counts)).toMatchObject({ kind: 'counters' });
    expect(await ask(plain)).toMatchObject({ kind: 'levels' });
  });

  it('goes by a path, with a token of the environment that is never said', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      seen.push(request.url, request.headers['x-scope-orgid']?.toString());
      if (request.headers.authorization !== 'Bearer s3cret-token') {
        response.writeHead(401).end(JSON.stringify({ error: `no, not ${request.headers.authorization}` }));
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'content-type': type = '' } = request.headers;
        void fetch(`${prometheus.url}/api/v1/query`, {
          method: 'POST',
          body: Buffer.concat(chunks),
          headers: { 'content-type': type },
        }).then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
      });
    });
    const server = {
      url: '${MIMIR_URL}prometheus/',
      headers: { authorization: 'Bearer ${PROMETHEUS_TOKEN}', 'X-Scope-OrgID': 'shop' },
    };
    const env = { MIMIR_URL: proxy.url };
    const query = number('vector(3)');
    expect(await ask(query, server, { ...env, PROMETHEUS_TOKEN: 's3cret-token' })).toMatchObject({
      sides: { both: { value: 3 } },
    });
    expect(seen).toEqual(['/prometheus/api/v1/query', 'shop']);
    expect(await ask(query, server, { ...env, PROMETHEUS_TOKEN: 'wrong-token' })).toEqual({
      kind: 'nothing',
      why: 'Prometheus: 401 no, not Bearer [redacted]',
    });
    expect(await ask(query, server, env)).toEqual({
      kind: 'nothing',
      why: 'environment variable PROMETHEUS_TOKEN is not set',
    });
    await proxy.close();
  });

  it.each<[string, (answer: (status: number, text: string) => void) => void, RegExp]>([
    ['answers 503', (answer) => answer(503, 'away'), /Prometheus: 503/],
    ['redirects', (answer) => answer(302, ''), /Prometheus: 302/],
    ['answers with a page', (answer) => answer(200, '<html>'), /not that of a Prometheus/],
    ['answers without end', (answer) => answer(200, 'x'.repeat(6_000_000)), /more than 5000000 bytes/],
    ['never answers', () => {}, /over after 300 ms/],
    [
      'warns',
      (answer) =>
        answer(
          200,
          '{"status":"success","warnings":["store gateway away"],"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}',
        ),
      /warning: store gateway away/,
    ],
  ])('is no data when the server %s', async (_, answer, why) => {
    const server = await serve((__, response) => {
      answer((status, text) => response.writeHead(status, { location: '/' }).end(text));
    });
    const metric = { kind: 'prometheus', query: 'vector(1)', timeout: '300ms' } as const;
    expect(await ask(metric, { url: server.url })).toEqual({
      kind: 'nothing',
      why: expect.stringMatching(why),
    });
    await server.close();
    expect(await ask(metric, { url: server.url })).toEqual({
      kind: 'nothing',
      why: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});
