import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type HistogramMetricData,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCutover, type Cutover, type Source } from '../repository/index.ts';
import { manualClock, testSource, type ManualClock, type TestSource } from '../testing/index.ts';
import { meteredSource, withSpans } from './opentelemetry.ts';
import { prometheusSource } from './prometheus.ts';

const plan = { id: 'swap', repositories: { user: {} } };

/** Control answers after 4 ms, the candidate after 200 ms, and one of its answers is an error. */
class Users {
  readonly #clock: ManualClock;
  readonly #ms: number;

  constructor(clock: ManualClock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  async find(id: number): Promise<number> {
    await Promise.resolve();
    this.#clock.advance(this.#ms);
    if (id < 0) throw new RangeError('no such user');
    return id;
  }
}

type Measured = {
  readonly store: TestSource;
  readonly cutover: Cutover;
  readonly users: Users;
};

function measured(tap: (source: Source) => Source): Measured {
  const clock = manualClock();
  const store = testSource({ plan, clock, staleAfterMs: 3_600_000 });
  const cutover = createCutover(plan, { source: tap(store) });
  const users = cutover.repository('user', {
    control: new Users(clock, 4),
    candidate: new Users(clock, 200),
    reads: ['find'],
  });
  return { store, cutover, users };
}

/** Three calls of control, two of the candidate, of which one fails; reported in two batches. */
async function work({ store, cutover, users }: Measured): Promise<void> {
  for (const id of [1, 2, 3]) await users.find(id);
  store.collect();
  store.expose(100);
  await users.find(4);
  await users.find(-1).catch(() => {});
  cutover.count('complaints', 2);
  store.collect();
}

describe('the Prometheus source', () => {
  it('gives totals by side and a histogram whose buckets add up, when it is scraped', async () => {
    const registry = new Registry();
    const it = measured((source) => prometheusSource(source, registry));
    await work(it);
    const text = await registry.metrics();
    const of = (side: string): string => `repository="user",operation="find",side="${side}"`;
    expect(text).toContain(`cutover_calls_total{${of('control')}} 3`);
    expect(text).toContain(`cutover_calls_total{${of('candidate')}} 2`);
    expect(text).toContain(`cutover_errors_total{${of('candidate')}} 1`);
    expect(text).toContain(`cutover_call_duration_seconds_bucket{${of('control')},le="0.0025"} 0`);
    expect(text).toContain(`cutover_call_duration_seconds_bucket{${of('control')},le="0.005"} 3`);
    expect(text).toContain(`cutover_call_duration_seconds_bucket{${of('candidate')},le="0.1"} 0`);
    expect(text).toContain(`cutover_call_duration_seconds_bucket{${of('candidate')},le="+Inf"} 2`);
    expect(text).toContain(`cutover_call_duration_seconds_count{${of('candidate')}} 2`);
    const sum = /_sum\{[^}]*side="candidate"\} ([\d.]+)/.exec(text)?.[1];
    expect(Number(sum)).toBeCloseTo(0.4, 2);
    expect(text).toContain('cutover_counter_total{name="complaints"} 2');
    expect(text).toContain(`cutover_epoch ${it.store.state.epoch}`);
    expect(text).toContain(`cutover_acknowledged_epoch ${it.store.state.epoch}`);
    // Totals, however often they are read.
    expect(await registry.metrics()).toBe(text);
    expect(it.store.batches).toHaveLength(2);
  });

  it('has no metric twice', () => {
    const registry = new Registry();
    measured((source) => prometheusSource(source, registry));
    expect(() => measured((source) => prometheusSource(source, registry))).toThrow('already been registered');
  });
});

describe('the OpenTelemetry source', () => {
  it('records durations and errors with repository, operation, side and epoch', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const it = measured((source) => meteredSource(source, provider.getMeter('test')));
    await work(it);
    await provider.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((m) => m.metrics));
    const named = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name);
    const durations = named('cutover.operation.duration') as HistogramMetricData;
    const user = { 'cutover.repository': 'user', 'cutover.operation': 'find' };
    const [control, candidate] = durations.dataPoints;
    expect(control).toMatchObject({
      attributes: { ...user, 'cutover.side': 'control', 'cutover.epoch': it.store.state.epoch - 1 },
      value: { count: 3 },
    });
    expect(candidate).toMatchObject({
      attributes: { ...user, 'cutover.side': 'candidate', 'cutover.epoch': it.store.state.epoch },
      value: { count: 2 },
    });
    expect(candidate?.value.sum).toBeCloseTo(0.4, 2);
    expect(named('cutover.operation.errors')?.dataPoints).toMatchObject([
      { attributes: { 'cutover.side': 'candidate', 'error.type': 'RangeError' }, value: 1 },
    ]);
    expect(named('cutover.counter')?.dataPoints).toMatchObject([
      { attributes: { 'cutover.counter.name': 'complaints' }, value: 2 },
    ]);
    await provider.shutdown();
  });
});

describe('spans', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');

  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
  afterAll(() => context.disable());

  it('are around each method of either side, and what it calls is inside', async () => {
    exporter.reset();
    let ran = 0;
    const side = (name: string) => ({
      async find(id: number): Promise<string> {
        await Promise.resolve();
        tracer.startSpan('query').end();
        if (id < 0) throw new RangeError('no such user');
        return name;
      },
      count: () => 3,
      // oxlint-disable-next-line unicorn/no-thenable -- a query builder has one, and runs at each
      lazy: () => ({ then: (done: (value: number) => void) => done((ran += 1)) }),
    });
    const store = testSource({ plan });
    const cutover = createCutover(plan, { source: store });
    const options = { control: side('control'), candidate: side('candidate'), reads: ['find' as const] };
    const users = cutover.repository('user', withSpans(tracer, cutover, 'user', options));
    expect(await users.find(1)).toBe('control');
    store.expose(100);
    await expect(users.find(-1)).rejects.toThrow('no such user');
    expect(users.count()).toBe(3);
    expect(await users.lazy()).toBe(1);
    expect(trace.getActiveSpan()).toBeUndefined();
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual([
      'query',
      'user.find',
      'query',
      'user.find',
      'user.count',
      'user.lazy',
    ]);
    const [query, control, , candidate] = spans;
    expect(query?.parentSpanContext?.spanId).toBe(control?.spanContext().spanId);
    expect(control).toMatchObject({
      attributes: { 'cutover.repository': 'user', 'cutover.operation': 'find', 'cutover.side': 'control' },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(candidate).toMatchObject({
      attributes: {
        'cutover.side': 'candidate',
        'cutover.epoch': store.state.epoch,
        'error.type': 'RangeError',
      },
      status: { code: SpanStatusCode.ERROR, message: 'no such user' },
    });
  });
});
