import type { TelemetryBatch } from '../measure/index.ts';
import type { HistoryRecord, TelemetryRecord } from '../store/index.ts';
import { callsBody, reachBody } from './calls-record.ts';
import { callsOf, FLEET, MINUTE_MS, MISMATCHES } from './history-sizes.ts';
import { mismatchesBody } from './mismatches-record.ts';
import { MismatchSums } from './mismatch-sums.ts';
import { OperationSums } from './operation-sums.ts';

const SECOND_MS = 1_000;
/** Repositories that one minute tells apart; a plan has tens. What a broken instance makes up beyond is counted together. */
const MOST_REPOSITORIES = 100;
const OTHER = '(other)';

/** Telemetry by the minute in which it was written, as records. Pure: in which order it comes makes no difference. */
export class MinuteFold {
  readonly #minutes = new Map<number, Minute>();

  add({ instance, at }: Pick<TelemetryRecord, 'instance' | 'at'>, batch: TelemetryBatch): void {
    const begins = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const minute = this.#minutes.get(begins) ?? new Minute(begins);
    this.#minutes.set(begins, minute);
    minute.add(instance, at, batch);
  }

  get records(): readonly HistoryRecord[] {
    return [...this.#minutes.values()].flatMap((minute) => minute.records);
  }
}

class Minute {
  readonly #begins: number;
  readonly #sums = new OperationSums();
  readonly #mismatches = new MismatchSums();
  readonly #spans = new Map<string, number>();
  readonly #seconds = new Set<number>();
  #epoch = 0;

  constructor(begins: number) {
    this.#begins = begins;
  }

  add(instance: string, at: number, { spanMs, epoch, operations, shadow = [] }: TelemetryBatch): void {
    this.#spans.set(instance, (this.#spans.get(instance) ?? 0) + spanMs);
    this.#epoch = Math.max(this.#epoch, epoch);
    const first = Math.max(this.#begins, at - spanMs);
    for (let second = Math.floor(first / SECOND_MS); second * SECOND_MS < at; second += 1)
      this.#seconds.add(second);
    for (const operation of operations) this.#sums.addCalls(operation);
    for (const batch of shadow) this.#sums.addShadow(batch);
    this.#mismatches.add({ instance, epoch, shadow });
  }

  get records(): readonly HistoryRecord[] {
    const record = { sizeMs: MINUTE_MS, at: this.#begins };
    const reach = { coveredMs: this.#coveredMs, instances: this.#spans.size, epoch: this.#epoch };
    const mismatches = this.#mismatches.all;
    return [
      { ...record, series: FLEET, body: reachBody(reach) },
      ...this.#repositories().map(([name, sums]) => ({
        ...record,
        series: callsOf(name),
        body: callsBody(sums),
      })),
      ...(mismatches.operations.length === 0
        ? []
        : [{ ...record, series: MISMATCHES, body: mismatchesBody(mismatches) }]),
    ];
  }

  /**
   * How long somebody reported. Not the mean over instances, which would be half of a minute in which each one was replaced
   * by another; and never less than what one instance alone covers, which after an outage is more than the minute has.
   */
  get #coveredMs(): number {
    return Math.max(this.#seconds.size * SECOND_MS, ...this.#spans.values());
  }

  #repositories(): readonly (readonly [string, OperationSums['all']])[] {
    const byName = Map.groupBy(this.#sums.all, ({ repository }) => repository);
    if (byName.size <= MOST_REPOSITORIES) return [...byName];
    const callsIn = (sums: OperationSums['all']): number =>
      sums.reduce((calls, { control, candidate }) => calls + control.calls + candidate.calls, 0);
    const busiest = [...byName].toSorted(([, a], [, b]) => callsIn(b) - callsIn(a));
    const others = new OperationSums();
    for (const [, sums] of busiest.slice(MOST_REPOSITORIES - 1))
      for (const sum of sums) others.add(sum, { repository: OTHER, operation: OTHER });
    return [...busiest.slice(0, MOST_REPOSITORIES - 1), [OTHER, others.all]];
  }
}
