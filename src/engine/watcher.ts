import type { Clock } from '../kernel/index.ts';
import {
  countDrawn,
  createWindow,
  errorsSeen,
  measureRow,
  scaleSettings,
  slopeSpanMs,
  type Window,
} from '../gate/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import { stageAt } from '../plan/index.ts';
import type { Store } from '../store/index.ts';
import { askedOf } from './asked.ts';
import { groupsToSay } from './control-group.ts';
import type { CutoverEvent } from './events.ts';
import { isExposed } from './evolve.ts';
import type { InstanceView } from './instances.ts';
import { judgeLook } from './judge-look.ts';
import { AskedRunner, type MeasurePort } from './measures.ts';
import { ProbeRunner, type ProbePort } from './probes.ts';
import { rowsOf } from './rows.ts';
import type { Run, State } from './state.ts';

export type LookEvent = Extract<CutoverEvent, { kind: 'gate.looked' }>;

/** Who is asked for what instances do not report. */
type WatcherPorts = { readonly probes?: ProbePort | null; readonly measures?: MeasurePort | null };

/**
 * Reads telemetry as it comes and, when a look is due, turns it into the event that records it. Holds what must not
 * survive a restart: the window and the time of the last look. Time in which nobody looked is never counted.
 */
export class TelemetryWatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stream: string;
  readonly #probes: ProbeRunner | null;
  readonly #asked: AskedRunner | null;
  #window: Window = createWindow(0, 0);
  #run: string | null = null;
  #cursor = 0;
  #counters: Record<string, number> = {};
  #counted = 0;
  #answersCounted = 0;
  #lastLook: { readonly at: number; readonly step: string } | null = null;
  #measureFrom = 0;

  constructor(
    store: Store,
    clock: Clock,
    stream: string,
    { probes = null, measures = null }: WatcherPorts = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
    this.#probes = probes === null ? null : new ProbeRunner(probes, clock);
    this.#asked = measures === null ? null : new AskedRunner(measures, clock);
  }

  /** Takes in what instances reported since the last call. */
  async read(run: Run): Promise<void> {
    if (this.#run !== run.id) await this.#attach(run);
    await this.#readOn();
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const records = await this.#store.telemetry(this.#stream, this.#cursor, 1_000);
      for (const { id, instance, body } of records) {
        this.#cursor = id;
        const batch = parseTelemetryBatch(body);
        if (batch === undefined) continue;
        this.#count(batch.counters);
        const now = this.#clock.monotonic();
        if (now >= this.#measureFrom) this.#window.add(instance, batch, now);
      }
      if (records.length < 1_000) return;
    }
  }

  /** Asks the probes, and whoever else measures, what the next look of this gate needs. */
  ask(run: Run, gate: string | null): void {
    const { windowMs } = scaleSettings(run.plan.measure, run.timeScale);
    this.#probes?.turn(run.plan, gate, run.timeScale, windowMs * 2);
    this.#asked?.turn(run.plan, gate, run.timeScale, windowMs * 2);
  }

  stop(): void {
    this.#probes?.stop();
    this.#asked?.stop();
  }

  /** The exposure changed: what was measured before is about something else, and the warm-up is thrown away. */
  restart(run: Run): void {
    const now = this.#clock.monotonic();
    this.#window.clear(now);
    this.#probes?.clear();
    const { warmupMs } = scaleSettings(run.plan.measure, run.timeScale);
    this.#asked?.clear(warmupMs);
    this.#measureFrom = now + warmupMs;
    this.#lastLook = null;
  }

  /** Whether the time for the next look of this gate has come. */
  isDue(run: Run): boolean {
    const { everyMs } = scaleSettings(run.plan.measure, run.timeScale);
    return this.#lastLook === null || this.#clock.monotonic() - this.#lastLook.at >= everyMs;
  }

  /** One look. The caller appends it; what it measured is then in the log. */
  look(
    run: Run,
    gate: string,
    { baseline, routing }: Pick<State, 'baseline' | 'routing'>,
    instances: readonly InstanceView[],
  ): LookEvent {
    const isAnythingExposed = isExposed(routing);
    const now = this.#clock.monotonic();
    const settings = scaleSettings(run.plan.measure, run.timeScale);
    const step = `${run.position?.phase}/${run.position?.step}`;
    const observedMs = this.#observed(run, now, step, settings.everyMs, settings.maxAgeMs);
    const waitedMs = this.#waited(run, now, step, settings.everyMs, settings.maxAgeMs);
    this.#lastLook = { at: now, step };
    const seen = errorsSeen(this.#window, now - settings.windowMs);
    const knownErrors = seen.control.map(({ id }) => id).filter((id) => !run.knownErrors.includes(id));
    const known = new Set([...run.knownErrors, ...knownErrors, ...run.newErrors.map(({ id }) => id)]);
    const newErrors = seen.candidate.filter(({ id }) => !known.has(id));
    const counters = this.#counters;
    this.#counters = {};
    const found = [...run.newErrors, ...newErrors].filter(({ id }) => !knownErrors.includes(id)).length;
    const context = {
      now,
      settings,
      timeScale: run.timeScale,
      frozen: run.frozen,
      baseline: baseline?.metrics ?? {},
      counters: addCounters(run.counters, counters),
      newErrors: found,
      stage: stageAt(run.plan, run.position),
      counted: this.#counted,
      memory: run.memory,
      probes: this.#probes?.samples(run.plan) ?? {},
      answers: this.#asked?.answers(run.plan) ?? {},
      answersCounted: this.#answersCounted,
    };
    this.#answersCounted = this.#asked?.last() ?? 0;
    const asked = askedOf(routing, instances);
    const assigned = asked === null ? undefined : countDrawn(this.#window.reportsAfter(this.#counted), asked);
    this.#answersCounted = this.#asked?.last() ?? 0;
    this.#counted = this.#window.last();
    const planRows = rowsOf(run.plan, gate, isAnythingExposed);
    const { rows, ...judged } = judgeLook(
      { ...run, isAnythingExposed },
      gate,
      (row) => {
        const metric = run.plan.metrics[row.metric];
        return metric === undefined ? undefined : measureRow(row, metric, this.#window, context);
      },
      assigned,
    );
    // Time in which a row knew nothing was not observed. A growth takes long to know, and the end of a hold waits for it.
    const isSeen = planRows.every(
      ({ against }, index) => against === 'hour' || rows[index]?.colour !== 'none',
    );
    const telemetryId = this.#cursor;
    return {
      kind: 'gate.looked',
      gate,
      ...(isAnythingExposed ? {} : { beforeExposure: true }),
      ...judged,
      rows,
      observedMs: isSeen ? observedMs : 0,
      waitedMs,
      knownErrors,
      newErrors,
      counters,
      telemetryId,
      ...groupsToSay(routing),
    };
  }

  /** Time since the last look of this step, if telemetry was there for it. A gap counts for at most two intervals. */
  #observed(run: Run, now: number, step: string, everyMs: number, maxAgeMs: number): number {
    const isFresh = now - this.#window.newest() <= maxAgeMs;
    const waited = isFresh ? this.#waited(run, now, step, everyMs, maxAgeMs) : 0;
    return Math.min(waited, 2 * everyMs);
  }

  /** Time since the last look of this step. A gap in which this process did not run is nobody's time. */
  #waited(run: Run, now: number, step: string, everyMs: number, maxAgeMs: number): number {
    if (run.status !== 'running' || this.#lastLook?.step !== step) return 0;
    const elapsed = now - this.#lastLook.at;
    return elapsed <= 2 * everyMs + maxAgeMs ? Math.round(elapsed) : 0;
  }

  async #attach(run: Run): Promise<void> {
    const settings = scaleSettings(run.plan.measure, run.timeScale);
    // Known only once all of it was read: a store that fails in between is read again, from the beginning.
    this.#run = null;
    this.#window = createWindow(
      Math.max(settings.windowMs, slopeSpanMs(settings, run.timeScale)) * 2,
      this.#clock.monotonic(),
    );
    this.#lastLook = null;
    this.#counted = 0;
    this.#counters = {};
    this.#cursor = run.telemetryId ?? (await this.#store.telemetryHead(this.#stream));
    // What was reported while nobody looked is counted, but its time of arrival is not known: no window holds it.
    this.#measureFrom = Infinity;
    await this.#readOn();
    this.#run = run.id;
    this.#measureFrom = this.#clock.monotonic();
  }

  #count(counters: Readonly<Record<string, number>>): void {
    this.#counters = addCounters(this.#counters, counters);
  }
}

function addCounters(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
