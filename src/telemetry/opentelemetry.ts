import {
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type Meter,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { sketchValues, type OperationBatch, type TelemetryBatch } from '../measure/index.ts';
import {
  isThenable,
  observe,
  type Cutover,
  type RepositoryOptions,
  type Source,
} from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { between } from './between.ts';

/**
 * A source that also counts for OpenTelemetry. Calls are not touched: what the instance reports once a second is recorded
 * then, within 1 % of each duration.
 *
 * `cutover.operation.duration` (histogram, seconds) and `cutover.operation.errors` (counter, `error.type` is the error's class)
 * have the attributes `cutover.repository`, `cutover.operation`, `cutover.side` and `cutover.epoch`; `cutover.counter` (counter)
 * has `cutover.counter.name`.
 *
 * @example
 * const source = meteredSource(nodeSource(plan, { environment: 'production' }), metrics.getMeter('app'));
 */
export function meteredSource(source: Source, meter: Meter): Source {
  const instruments = {
    duration: meter.createHistogram('cutover.operation.duration', {
      unit: 's',
      description: 'Duration of calls',
      advice: {
        explicitBucketBoundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      },
    }),
    errors: meter.createCounter('cutover.operation.errors', {
      unit: '{error}',
      description: 'Calls that failed',
    }),
    counter: meter.createCounter('cutover.counter', { description: 'What the application counted' }),
  };
  return between(source, (agent) => ({
    drain: () => {
      const batch = agent.drain();
      record(batch, instruments);
      return batch;
    },
  }));
}

type Instruments = {
  readonly duration: ReturnType<Meter['createHistogram']>;
  readonly errors: ReturnType<Meter['createCounter']>;
  readonly counter: ReturnType<Meter['createCounter']>;
};

function record({ epoch, operations, counters }: TelemetryBatch, to: Instruments): void {
  for (const operation of operations) {
    const attributes = attributesOf(operation.repository, operation.operation, operation.side, epoch);
    for (const [ms, count] of sketchValues(operation.latency))
      for (let times = 0; times < count; times += 1) to.duration.record(ms / 1_000, attributes);
    for (const [type, count] of errorTypes(operation))
      to.errors.add(count, { ...attributes, 'error.type': type });
  }
  for (const [name, by] of Object.entries(counters)) to.counter.add(by, { 'cutover.counter.name': name });
}

/** Errors beyond the kinds that a batch keeps are of type `_OTHER`, as the semantic conventions have it. */
function errorTypes({ errors, fingerprints }: OperationBatch): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  let left = errors;
  for (const print of fingerprints) {
    types.set(print.class, (types.get(print.class) ?? 0) + print.count);
    left -= print.count;
  }
  if (left > 0) types.set('_OTHER', left);
  return types;
}

function attributesOf(repository: string, operation: string, side: Side, epoch: number): Attributes {
  return {
    'cutover.repository': repository,
    'cutover.operation': operation,
    'cutover.side': side,
    'cutover.epoch': epoch,
  };
}

/**
 * The options of a repository with a span around every method of both sides, named `<repository>.<operation>`. What a
 * method calls is inside of it, and the span ends when its promise has settled.
 *
 * @example
 * const users = cutover.repository('user', withSpans(tracer, cutover, 'user', {
 *   control: new SqlUsers(db), candidate: new DrizzleUsers(db), reads: ['find'],
 * }));
 */
export function withSpans<C extends object>(
  tracer: Tracer,
  cutover: Pick<Cutover, 'which'>,
  repository: string,
  options: RepositoryOptions<C>,
): RepositoryOptions<C> {
  const traced = <T extends object>(implementation: T, side: Side): T =>
    new Proxy(implementation, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function' || typeof name !== 'string') return member;
        return (...args: readonly unknown[]): unknown => {
          const { epoch } = cutover.which(repository);
          const attributes = attributesOf(repository, name, side, epoch);
          return tracer.startActiveSpan(
            `${repository}.${name}`,
            { kind: SpanKind.INTERNAL, attributes },
            (span) => ending(span, () => Reflect.apply(member, target, args)),
          );
        };
      },
    });
  return {
    ...options,
    control: traced(options.control, 'control'),
    candidate: traced(options.candidate, 'candidate'),
  };
}

function ending(span: Span, call: () => unknown): unknown {
  try {
    const result = call();
    if (!isThenable(result)) {
      span.end();
      return result;
    }
    return observe(result, {
      resolved: () => span.end(),
      rejected: (error) => endFailed(span, error),
    });
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
}

function endFailed(span: Span, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error;
  span.setAttribute('error.type', type);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  });
  span.end();
}
