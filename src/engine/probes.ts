import type { ProbeSample, ProbeSamples } from '../gate/index.ts';
import { describeError, type Clock } from '../kernel/index.ts';
import type { Plan, Probe } from '../plan/index.ts';
import { rowsOf } from './rows.ts';

/** Sends a probe's request. The engine knows no network. */
export interface ProbePort {
  /** Resolves with what was wrong, `null` when nothing was. Rejections count as failures. */
  ask(probe: Probe, signal: AbortSignal): Promise<string | null>;
}

/** However fast a run's clock is, nobody is asked more often than this. Milliseconds. */
const LEAST_EVERY_MS = 1_000;

type Asked = { readonly askedAt: number; readonly isOpen: boolean; readonly samples: readonly ProbeSample[] };

/**
 * Asks the probes that the rows of a look judge, each in its own rhythm and one request at a time. What it knows is
 * gone with the process; a look has it in the log.
 */
export class ProbeRunner {
  readonly #port: ProbePort;
  readonly #clock: Clock;
  readonly #asked = new Map<string, Asked>();
  readonly #abort = new AbortController();
  #timeScale = 1;

  constructor(port: ProbePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** Asks what is due. @param gate the one that is looked at, `null` when nobody looks */
  turn(plan: Plan, gate: string | null, timeScale: number, keepMs: number): void {
    this.#timeScale = timeScale;
    const now = this.#clock.monotonic();
    for (const name of gate === null ? [] : probesOf(plan, gate)) {
      const probe = plan.probes[name];
      const before = this.#asked.get(name);
      if (probe === undefined || before?.isOpen === true) continue;
      if (before !== undefined && now - before.askedAt < this.#everyMs(probe)) continue;
      const samples = (before?.samples ?? []).filter(({ at }) => at >= now - keepMs);
      this.#asked.set(name, { askedAt: now, isOpen: true, samples });
      void this.#ask(name, probe, now);
    }
  }

  /** What is known now, by name of the plan's probes. */
  samples(plan: Plan): Readonly<Record<string, ProbeSamples>> {
    const now = this.#clock.monotonic();
    return Object.fromEntries(
      Object.entries(plan.probes).map(([name, probe]) => {
        const asked = this.#asked.get(name);
        const age = now - (asked?.samples.at(-1)?.at ?? asked?.askedAt ?? now);
        const lateMs = age > this.#everyMs(probe) + probe.timeoutMs ? age : 0;
        return [name, { samples: asked?.samples ?? [], lateMs }];
      }),
    );
  }

  /** After a change of exposure: what was answered before is about something else. */
  clear(): void {
    this.#asked.clear();
  }

  stop(): void {
    this.#abort.abort(new Error('the controller was stopped'));
  }

  async #ask(name: string, probe: Probe, askedAt: number): Promise<void> {
    const said = await this.#port.ask(probe, this.#abort.signal).catch(describeError);
    const at = this.#clock.monotonic();
    const now = this.#asked.get(name);
    // Asked before the last change of exposure: nobody's answer.
    if (now?.askedAt !== askedAt) return;
    const sample = { at, ok: said === null, ms: at - askedAt, said };
    this.#asked.set(name, { askedAt, isOpen: false, samples: [...now.samples, sample] });
  }

  #everyMs({ everyMs }: Probe): number {
    return this.#timeScale === 1 ? everyMs : Math.max(everyMs / this.#timeScale, LEAST_EVERY_MS);
  }
}

function probesOf(plan: Plan, gate: string): readonly string[] {
  const names = rowsOf(plan, gate).flatMap((row) => {
    const metric = plan.metrics[row.metric];
    return metric !== undefined && 'probe' in metric ? [metric.probe] : [];
  });
  return [...new Set(names)];
}
