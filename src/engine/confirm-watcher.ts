import {
  createWindow,
  judgeGate,
  judgeRow,
  measureRow,
  NO_MEMORY,
  scaleSettings,
  slopeSpanMs,
  type Window,
} from '../gate/index.ts';
import type { Clock } from '../kernel/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import type { Store } from '../store/index.ts';
import { confirmRows, pendingConfirm, type ConfirmLook } from './confirm.ts';
import type { Rollback, Run, State } from './state.ts';

/** Control has nothing to be compared with any more, so its rows are judged by looks in a row, without counts. */
const NOTHING_COUNTED = { stage: { id: 'confirm', ofInstances: false }, counted: 0, memory: {} } as const;
const BY_LOOKS = { alpha: 1, needsFine: false } as const;

/** Looks at control after a rollback, from its acknowledgement on: what was measured before is of the trouble. */
export class ConfirmWatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stream: string;
  #window: Window = createWindow(0, 0);
  #seq = 0;
  #cursor = 0;
  #lastLook = 0;

  constructor(store: Store, clock: Clock, stream: string) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
  }

  /** A look, if one is due. What it measured is in the log once the caller has appended it. */
  async lookIfDue(state: State): Promise<ConfirmLook | undefined> {
    const { run, rollback } = state;
    if (run === null || rollback === null || pendingConfirm(state) === null) return undefined;
    if (this.#seq !== rollback.seq) await this.#attach(run, rollback);
    await this.#read();
    const settings = scaleSettings(run.plan.measure, run.timeScale);
    const now = this.#clock.monotonic();
    const elapsed = now - this.#lastLook;
    if (elapsed < settings.everyMs) return undefined;
    this.#lastLook = now;
    // A gap in which this process did not run is nobody's time.
    const waitedMs = elapsed <= 2 * settings.everyMs + settings.maxAgeMs ? Math.round(elapsed) : 0;
    return {
      ...this.#look(state, run, rollback, now),
      observedMs: Math.min(waitedMs, 2 * settings.everyMs),
      waitedMs,
    };
  }

  #look(
    { baseline }: State,
    run: Run,
    { covers, confirm }: Rollback,
    now: number,
  ): Omit<ConfirmLook, 'observedMs' | 'waitedMs'> {
    const settings = scaleSettings(run.plan.measure, run.timeScale);
    const context = {
      now,
      settings,
      timeScale: run.timeScale,
      frozen: {},
      baseline: baseline?.metrics ?? {},
      counters: {},
      newErrors: 0,
      ...NOTHING_COUNTED,
    };
    const judged = confirmRows(run.plan, covers);
    // One repository back leaves the others where they are: what a process uses is not of one side then.
    const gaugesOf = covers === null ? 'control' : 'any';
    const rows = judged.map(({ row, metric }) => {
      const subject = metric.kind === 'gauge' ? gaugesOf : 'control';
      const measure = measureRow(row, metric, this.#window, context, subject);
      const memory = confirm?.rows.find(({ title }) => title === row.title)?.memory ?? NO_MEMORY;
      return {
        ...judgeRow(row, metric, measure, memory, { ...BY_LOOKS, maxAgeMs: settings.maxAgeMs }),
        measure,
      };
    });
    const { verdict } = judgeGate(
      judged.map(({ row }) => row),
      rows,
    );
    return { kind: 'confirm.looked', verdict, rows };
  }

  async #attach(run: Run, { seq }: Rollback): Promise<void> {
    const settings = scaleSettings(run.plan.measure, run.timeScale);
    const keepMs = Math.max(settings.windowMs, slopeSpanMs(settings, run.timeScale)) * 2;
    this.#cursor = await this.#store.telemetryHead(this.#stream);
    this.#lastLook = this.#clock.monotonic();
    this.#window = createWindow(keepMs, this.#lastLook);
    this.#seq = seq;
  }

  async #read(): Promise<void> {
    for (const { id, instance, body } of await this.#store.telemetry(this.#stream, this.#cursor)) {
      this.#cursor = id;
      const batch = parseTelemetryBatch(body);
      if (batch !== undefined) this.#window.add(instance, batch, this.#clock.monotonic());
    }
  }
}
