import type { ProbeSamples } from '../gate/index.ts';
import { describeError, type Clock } from '../kernel/index.ts';
import type { Plan, Probe } from '../plan/index.ts';
import { Rounds } from './rounds.ts';
import { rowsOf } from './rows.ts';

/** Sends a probe's request. The engine knows no network. */
export interface ProbePort {
  /** Resolves with what was wrong, `null` when nothing was. Rejections count as failures. */
  ask(probe: Probe, signal: AbortSignal): Promise<string | null>;
}

/** Asks the probes that the rows of a look judge. */
export class ProbeRunner {
  readonly #port: ProbePort;
  readonly #rounds: Rounds<string | null>;

  constructor(port: ProbePort, clock: Clock) {
    this.#port = port;
    this.#rounds = new Rounds(clock);
  }

  /** Asks what is due. @param gate the one that is looked at, `null` when nobody looks */
  turn(plan: Plan, gate: string | null, timeScale: number, keepMs: number): void {
    this.#rounds.scale(timeScale);
    for (const name of gate === null ? [] : probesOf(plan, gate)) {
      const probe = plan.probes[name];
      if (probe !== undefined)
        this.#rounds.turn(name, probe, keepMs, (signal) =>
          this.#port.ask(probe, signal).catch(describeError),
        );
    }
  }

  /** What is known now, by name of the plan's probes. */
  samples(plan: Plan): Readonly<Record<string, ProbeSamples>> {
    return Object.fromEntries(
      Object.entries(plan.probes).map(([name, probe]) => {
        const { samples, lateMs } = this.#rounds.known(name, probe);
        const each = samples.map(({ at, ms, answer }) => ({ at, ok: answer === null, ms, said: answer }));
        return [name, { samples: each, lateMs }];
      }),
    );
  }

  /** After a change of exposure: what was answered before is about something else. */
  clear(): void {
    this.#rounds.clear();
  }

  stop(): void {
    this.#rounds.stop();
  }
}

function probesOf(plan: Plan, gate: string): readonly string[] {
  const names = rowsOf(plan, gate).flatMap((row) => {
    const metric = plan.metrics[row.metric];
    return metric !== undefined && 'probe' in metric ? [metric.probe] : [];
  });
  return [...new Set(names)];
}
