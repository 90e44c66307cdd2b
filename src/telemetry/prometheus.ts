import { Counter, Gauge, type Registry } from 'prom-client';
import { mergeSketches, sketchValues, type OperationBatch, type TelemetryBatch } from '../measure/index.ts';
import type { Agent, Source } from '../repository/index.ts';
import { between } from './between.ts';

/** Upper bounds of the duration histogram, seconds: 1 ms to 10 s. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const LABELS = ['repository', 'operation', 'side'] as const;
type Labels = Readonly<Record<(typeof LABELS)[number], string>>;

type Total = {
  readonly labels: Labels;
  calls: number;
  errors: number;
  ignored: number;
  latency: OperationBatch['latency'];
};

/**
 * A source that also counts for Prometheus. Calls are not touched: what the instance reports once a second is added up,
 * and made into metrics of prom-client when somebody scrapes. In seconds; the histogram's values are within 1 %.
 *
 * `cutover_calls_total`, `cutover_errors_total`, `cutover_ignored_errors_total` and `cutover_call_duration_seconds` have the labels
 * `repository`, `operation` and `side`; `cutover_counter_total` has `name`; `cutover_epoch` and `cutover_acknowledged_epoch` have
 * none.
 *
 * @throws Error when the registry has a metric of one of these names
 * @example
 * const source = prometheusSource(nodeSource(plan, { environment: 'production' }), register);
 * app.get('/metrics', async (c) => c.text(await register.metrics()));
 */
export function prometheusSource(source: Source, registry: Registry): Source {
  const totals = new Totals();
  let agent: Agent | undefined;
  const status = (): ReturnType<Agent['status']> | undefined => agent?.status();
  register(registry, totals, {
    applied: () => status()?.applied,
    acknowledged: () => status()?.acknowledged,
  });
  return between(source, (to) => {
    agent = to;
    return {
      drain: () => {
        const batch = to.drain();
        totals.add(batch);
        return batch;
      },
    };
  });
}

/** What the process did since it began. */
class Totals {
  readonly #operations = new Map<string, Total>();
  readonly counters = new Map<string, number>();

  add({ operations, counters }: TelemetryBatch): void {
    for (const batch of operations) {
      const total = this.#total(batch);
      total.calls += batch.calls;
      total.errors += batch.errors;
      total.ignored += batch.ignored;
      total.latency = mergeSketches([total.latency, batch.latency]);
    }
    for (const [name, by] of Object.entries(counters))
      this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }

  all(): Iterable<Total> {
    return this.#operations.values();
  }

  #total({ repository, operation, side }: OperationBatch): Total {
    const key = JSON.stringify([repository, operation, side]);
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const labels = { repository, operation, side };
    const total: Total = { labels, calls: 0, errors: 0, ignored: 0, latency: [] };
    this.#operations.set(key, total);
    return total;
  }
}

type Epochs = { readonly applied: () => number | undefined; readonly acknowledged: () => number | undefined };

function register(registry: Registry, totals: Totals, epochs: Epochs): void {
  const registers = [registry];
  const total = (name: string, help: string, of: (total: Total) => number): void => {
    void new Counter<keyof Labels>({
      name,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const one of totals.all()) this.inc(one.labels, of(one));
      },
    });
  };
  total('cutover_calls_total', 'Finished calls', ({ calls }) => calls);
  total('cutover_errors_total', 'Calls that failed', ({ errors }) => errors);
  total(
    'cutover_ignored_errors_total',
    'Errors that are not the fault of the implementation',
    ({ ignored }) => ignored,
  );
  durations(registry, totals);
  void new Counter({
    name: 'cutover_counter_total',
    help: 'What the application counted',
    labelNames: ['name'],
    registers,
    collect() {
      this.reset();
      for (const [name, count] of totals.counters) this.inc({ name }, count);
    },
  });
  const epoch = (name: string, help: string, read: () => number | undefined): void =>
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read() ?? Number.NaN);
      },
    });
  epoch('cutover_epoch', 'Routing epoch that is applied', epochs.applied);
  epoch('cutover_acknowledged_epoch', 'Epoch that no older pin is alive of', epochs.acknowledged);
}

/**
 * The three series of a histogram, each a metric of its own: prom-client's histogram only takes one duration at a time, and
 * observing what a sketch has counted would cost as much as the calls did. `histogram_quantile` asks for no type.
 */
function durations(registry: Registry, totals: Totals): void {
  const name = 'cutover_call_duration_seconds';
  const registers = [registry];
  void new Gauge({
    name: `${name}_bucket`,
    help: 'Calls that took at most so many seconds',
    labelNames: [...LABELS, 'le'],
    registers,
    collect() {
      this.reset();
      for (const { labels, latency } of totals.all())
        for (const [le, count] of cumulative(latency)) this.set({ ...labels, le }, count);
    },
  });
  const sum = (suffix: string, help: string, of: (ms: number, count: number) => number): void =>
    void new Gauge({
      name: `${name}_${suffix}`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const { labels, latency } of totals.all())
          this.set(
            labels,
            [...sketchValues(latency)].reduce((all, [ms, count]) => all + of(ms, count), 0),
          );
      },
    });
  sum('sum', 'Seconds that calls took together', (ms, count) => (ms / 1_000) * count);
  sum('count', 'Calls that a duration was taken of', (_, count) => count);
}

function cumulative(latency: OperationBatch['latency']): readonly (readonly [le: string, count: number])[] {
  const counts = BOUNDS.map(() => 0);
  let all = 0;
  for (const [ms, count] of sketchValues(latency)) {
    all += count;
    for (const [index, bound] of BOUNDS.entries())
      if (ms / 1_000 <= bound) counts[index] = (counts[index] ?? 0) + count;
  }
  return [...BOUNDS.map((bound, index) => [String(bound), counts[index] ?? 0] as const), ['+Inf', all]];
}
