import type { Answers, MeasureAnswer } from '../gate/index.ts';
import { describeError, type Clock } from '../kernel/index.ts';
import type { AskedMetric, Plan } from '../plan/index.ts';
import { Rounds } from './rounds.ts';
import { rowsOf } from './rows.ts';

/** Asks who measures something for us: a database, an address, a Prometheus. The engine knows none of them. */
export interface MeasurePort {
  /** What cannot be asked or understood is `nothing`, with the reason; so are rejections. */
  ask(metric: AskedMetric, signal: AbortSignal): Promise<MeasureAnswer>;
}

/** Asks for the metrics that the rows of a look judge and somebody else measures. */
export class AskedRunner {
  readonly #port: MeasurePort;
  readonly #clock: Clock;
  readonly #rounds: Rounds<MeasureAnswer>;

  constructor(port: MeasurePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    this.#rounds = new Rounds(clock);
  }

  /** Asks what is due. @param gate the one that is looked at, `null` when nobody looks */
  turn(plan: Plan, gate: string | null, timeScale: number, keepMs: number): void {
    this.#rounds.scale(timeScale);
    for (const [name, metric] of gate === null ? [] : askedOf(plan, gate))
      this.#rounds.turn(name, metric, keepMs, (signal) =>
        this.#port
          .ask(metric, signal)
          .catch((error: unknown) => ({ kind: 'nothing' as const, why: describeError(error) })),
      );
  }

  /** What is known now, by name of the metric. */
  answers(plan: Plan): Readonly<Record<string, Answers>> {
    return Object.fromEntries(
      Object.entries(plan.metrics).flatMap(([name, metric]) => {
        if (!('gives' in metric)) return [];
        const { samples, lateMs } = this.#rounds.known(name, metric);
        return [[name, { answers: samples, lateMs }] as const];
      }),
    );
  }

  /** The number of the newest answer. */
  last(): number {
    return this.#rounds.last();
  }

  /** After a change of exposure: what was answered before is about something else, and the warm-up is not asked about. */
  clear(warmupMs: number): void {
    this.#rounds.clear(this.#clock.monotonic() + warmupMs);
  }

  stop(): void {
    this.#rounds.stop();
  }
}

function askedOf(plan: Plan, gate: string): ReadonlyMap<string, AskedMetric> {
  return new Map(
    rowsOf(plan, gate).flatMap(({ metric: name }) => {
      const metric = plan.metrics[name];
      return metric !== undefined && 'gives' in metric ? [[name, metric] as const] : [];
    }),
  );
}
