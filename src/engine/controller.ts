import { CutoverError, describeError, type Clock } from '../kernel/index.ts';
import { stepAt, type EffectStep } from '../plan/index.ts';
import type { Store, StoredEvent } from '../store/index.ts';
import { dueCheck, type DatabasePort } from './database-check.ts';
import { fromStored, type CutoverEvent } from './events.ts';
import { pendingConfirm, type ConfirmLook } from './confirm.ts';
import { ConfirmWatcher } from './confirm-watcher.ts';
import { Fleet } from './fleet.ts';
import type { InstanceView } from './instances.ts';
import { CONTROLLER_LEASE_MS, isPassing, takeLease, type HeldLease } from './lease.ts';
import { gateToWatch, next, type Tick } from './next.ts';
import { appendEvents, brokenLog, follow, loadState, readBehind } from './operate.ts';
import { RunningCheck } from './running-check.ts';
import { Since } from './since.ts';
import type { MeasurePort } from './measures.ts';
import type { ProbePort } from './probes.ts';
import { activeRun, type Run, type State } from './state.ts';
import { TelemetryWatcher, type LookEvent } from './watcher.ts';

/** Carries out steps with an effect outside. The engine knows no process, no network and no database. */
export interface EffectPort {
  /**
   * Runs a step's effect to its end. Resolves with `ok: false` for a failure of the effect; rejects never.
   * `key` is the same for every attempt of one step of one run: the other side can use it to do things once.
   */
  run(
    step: EffectStep,
    context: { readonly key: string; readonly attempt: number; readonly signal: AbortSignal },
  ): Promise<EffectResult>;
}

export type EffectResult = { readonly ok: boolean; readonly output: string };

export type ControllerOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly stream: string;
  /** Names this process in the lease: host, process id. */
  readonly holder: string;
  readonly effects: EffectPort;
  /** Looks at the plan's databases. Without it they count as not sound. */
  readonly databases?: DatabasePort;
  /** Without it what rows on probes judge is not known. */
  readonly probes?: ProbePort;
  /** Without it what somebody else measures is not known. */
  readonly measures?: MeasurePort;
  readonly leaseMs: number;
  /** @default 5000 */
  readonly controllerLeaseMs?: number;
  /** Every event of the stream as it is appended or first read, by whomever. */
  readonly onEvents?: (events: readonly StoredEvent[], state: State) => void;
  readonly onStandby?: (holder: string) => void;
  /** A store that cannot be used now; the controller tries again. Called once for each kind of trouble. */
  readonly onTrouble?: (error: CutoverError) => void;
  /** It can be used again. @param awayMs since it could not, milliseconds */
  readonly onRecovered?: (awayMs: number) => void;
};

/** The controller looks at least this often, milliseconds; a commit by anybody wakes it at once. */
const TICK_MS = 200;
/** Between two looks at the store after a commit, milliseconds: ten instances that report do not make it spin. */
const LEAST_WAIT_MS = 5;
const TROUBLE_WAIT_MS = 500;

/**
 * Carries a run forward: reads what happened, asks `next` what follows, appends it under its fencing token, and
 * runs the effects that the log says were started. All that it knows beyond the log is what it may forget.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #instances: Fleet;
  readonly #telemetry: TelemetryWatcher;
  readonly #check: RunningCheck;
  readonly #confirm: ConfirmWatcher;
  #state: State | null = null;
  #trouble: { readonly code: string; readonly since: number } | null = null;
  #effect: RunningEffect | null = null;
  #effectResult: Extract<CutoverEvent, { kind: 'effect.finished' }> | undefined;
  #confirmLook: { readonly event: ConfirmLook; readonly seq: number } | undefined;
  #look: { readonly event: LookEvent; readonly epoch: number; readonly step: string } | undefined;
  readonly #sinceRollback: Since;
  readonly #sinceCapture: Since;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#instances = new Fleet(options.store, options.stream, options.leaseMs);
    this.#sinceRollback = new Since(options.clock);
    this.#sinceCapture = new Since(options.clock);
    this.#telemetry = new TelemetryWatcher(options.store, options.clock, options.stream, options);
    this.#check = new RunningCheck(options.databases, options.clock);
    this.#confirm = new ConfirmWatcher(options.store, options.clock, options.stream);
  }

  /**
   * Acts until the run and any rollback are over, or the signal aborts. While another controller holds the lease
   * it stands by, and takes over when that one stops.
   *
   * @returns the state at the end
   * @throws CutoverError `LEASE_LOST` when another controller took over; the store's own failures that do not pass
   */
  async run(signal: AbortSignal): Promise<State> {
    const {
      store,
      clock,
      stream,
      holder,
      controllerLeaseMs = CONTROLLER_LEASE_MS,
      onStandby = () => {},
    } = this.#options;
    const isOver = async (): Promise<boolean> => isFinished(await this.#refresh());
    const lease = await takeLease({
      store,
      clock,
      stream,
      holder,
      ttlMs: controllerLeaseMs,
      signal,
      onStandby,
      isOver,
    }).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (lease === undefined) return this.#refresh();
    const stopped = AbortSignal.any([signal, lease.lost]);
    const wake = new Wake(clock);
    const unwatch = store.watch(() => wake.ring());
    try {
      return await this.#act(lease, stopped, wake);
    } finally {
      unwatch();
      this.#check.stop(new Error('the controller was stopped'));
      this.#telemetry.stop();
      await this.#interruptEffect(lease);
      await lease.release();
    }
  }

  async #act(lease: HeldLease, stopped: AbortSignal, wake: Wake): Promise<State> {
    for (;;) {
      try {
        const moved = await this.#turn(lease);
        this.#recovered();
        if (this.#state !== null && isFinished(this.#state)) return this.#state;
        if (stopped.aborted) break;
        if (!moved) await wake.wait(TICK_MS, LEAST_WAIT_MS, stopped);
      } catch (error) {
        if (stopped.aborted && !(error instanceof CutoverError)) break;
        if (!isPassing(error)) throw error;
        this.#troubled(error);
        await this.#options.clock.sleep(TROUBLE_WAIT_MS, stopped).catch(() => {});
      }
      if (stopped.aborted) break;
    }
    if (lease.lost.aborted) throw lease.lost.reason;
    return this.#lastSeen();
  }

  /** Who is asked to stop says where things stand, also when the store is away. */
  async #lastSeen(): Promise<State> {
    try {
      return await this.#refresh();
    } catch (error) {
      if (this.#state === null || !isPassing(error)) throw error;
      return this.#state;
    }
  }

  #troubled(error: CutoverError): void {
    if (this.#trouble?.code === error.code) return;
    this.#trouble = {
      code: error.code,
      since: this.#trouble?.since ?? this.#options.clock.monotonic(),
    };
    this.#options.onTrouble?.(error);
  }

  #recovered(): void {
    if (this.#trouble === null) return;
    const awayMs = this.#options.clock.monotonic() - this.#trouble.since;
    this.#trouble = null;
    this.#options.onRecovered?.(awayMs);
  }

  /** One turn: see, judge, append. @returns whether anything happened, so that the next turn follows at once */
  async #turn(lease: HeldLease): Promise<boolean> {
    const state = await this.#refresh();
    const tick = await this.#see(state);
    const events = next(state, tick);
    if (events.length === 0) return false;
    try {
      const appended = await appendEvents(this.#options.store, state, events, lease.fence);
      this.#state = appended.state;
      this.#options.onEvents?.(appended.stored, appended.state);
      this.#follow(events, appended.state);
      this.#startEffects(events, appended.state);
    } catch (error) {
      // Somebody's request came first: look at it and judge again. Nothing of this turn happened.
      if (!(error instanceof CutoverError) || error.code !== 'SEQUENCE_CONFLICT') throw error;
      if ((await this.#refresh()).seq === state.seq) throw brokenLog(state);
    }
    return true;
  }

  async #refresh(): Promise<State> {
    const { store, stream, onEvents } = this.#options;
    const before = this.#state;
    if (before === null) return (this.#state = await loadState(store, stream));
    const read = await readBehind(store, before);
    if (read.length === 0) return before;
    const after = follow(before, read);
    this.#state = after;
    onEvents?.(read, after);
    this.#follow(read.map(fromStored), after);
    return after;
  }

  async #see(state: State): Promise<Tick> {
    const { store, clock, stream } = this.#options;
    const instances = await this.#instances.look(() => clock.monotonic());
    for (const id of this.#instances.forgettable(clock.monotonic())) await store.removeInstance(stream, id);
    const { rollback, capture } = state;
    const run = activeRun(state);
    const look = run === null ? undefined : await this.#lookIfDue(state, run, instances);
    const databases = this.#check.see(state);
    const confirmLook = await this.#confirmIfDue(state);
    return {
      now: clock.now(),
      instances,
      rollbackElapsedMs:
        rollback === null ? 0 : this.#sinceRollback.elapsed(rollback.seq, rollback.startedAt),
      captureElapsedMs: capture === null ? 0 : this.#sinceCapture.elapsed(capture.seq, capture.askedAt),
      effectRunning: this.#effect !== null || this.#effectResult !== undefined,
      ...(look === undefined ? {} : { look }),
      ...(databases === undefined ? {} : { databases }),
      ...(confirmLook === undefined ? {} : { confirmLook }),
      ...(this.#effectResult === undefined ? {} : { effect: this.#effectResult }),
    };
  }

  /** A look that was taken stays due until it is in the log, or what it looked at is gone. */
  async #lookIfDue(
    state: State,
    run: Run,
    instances: readonly InstanceView[],
  ): Promise<LookEvent | undefined> {
    await this.#telemetry.read(run);
    const gate = gateToWatch(state);
    this.#telemetry.ask(run, gate);
    const epoch = state.routing?.epoch ?? 0;
    const step = `${run.position?.phase}/${run.position?.step}/${run.status}`;
    if (this.#look !== undefined && (this.#look.epoch !== epoch || this.#look.step !== step))
      this.#look = undefined;
    if (gate === null) return undefined;
    if (this.#look === undefined && this.#telemetry.isDue(run)) {
      this.#look = {
        event: this.#telemetry.look(run, gate, state, instances),
        epoch,
        step,
      };
    }
    return this.#look?.event;
  }

  async #confirmIfDue(state: State): Promise<ConfirmLook | undefined> {
    const { rollback } = state;
    if (this.#confirmLook?.seq !== rollback?.seq) this.#confirmLook = undefined;
    if (rollback === null || this.#confirmLook !== undefined) return this.#confirmLook?.event;
    const event = await this.#confirm.lookIfDue(state);
    if (event !== undefined) this.#confirmLook = { event, seq: rollback.seq };
    return event;
  }

  /** What an appended event means for the things outside the log. */
  #follow(events: readonly CutoverEvent[], state: State): void {
    for (const event of events) {
      if (event === this.#look?.event || event.kind === 'gate.looked') this.#look = undefined;
      if (event.kind === 'confirm.looked' || event.kind === 'rollback.confirmed')
        this.#confirmLook = undefined;
      if (event === this.#effectResult) this.#effectResult = undefined;
      if (event.kind === 'exposure.acknowledged' && state.run !== null) this.#telemetry.restart(state.run);
      if (event.kind === 'rollback.started') this.#effect?.abort.abort(new Error('rolled back'));
    }
  }

  /** Only what this process itself logged as started: an effect that another one started is not begun twice. */
  #startEffects(events: readonly CutoverEvent[], state: State): void {
    for (const event of events) {
      if (event.kind === 'effect.started') this.#startEffect(state, event.key, event.attempt);
    }
  }

  #startEffect(state: State, key: string, attempt: number): void {
    const { run } = state;
    const step = run === null || run.position === null ? undefined : stepAt(run.plan, run.position)?.step;
    if (this.#effect !== null || step === undefined || !('timeoutMs' in step)) return;
    const { clock, effects } = this.#options;
    const abort = new AbortController();
    const began = clock.monotonic();
    const done = effects
      .run(step, { key, attempt, signal: abort.signal })
      .catch((error: unknown): EffectResult => ({ ok: false, output: describeError(error) }))
      .then(({ ok, output }) => {
        this.#effect = null;
        this.#effectResult = {
          kind: 'effect.finished',
          key,
          attempt,
          ok,
          output,
          tookMs: Math.round(clock.monotonic() - began),
        };
      });
    this.#effect = { abort, done };
  }

  /** Leaves nothing running behind, and its result in the log. */
  async #interruptEffect(lease: HeldLease): Promise<void> {
    this.#effect?.abort.abort(new Error('the controller was stopped'));
    await this.#effect?.done;
    if (this.#effectResult === undefined || lease.lost.aborted) return;
    await this.#turn(lease).catch(() => {});
  }
}

type RunningEffect = { readonly abort: AbortController; readonly done: Promise<void> };

/**
 * Nothing is left to be done: no active run, no rollback that has to be acknowledged or confirmed, no database to look
 * at, no answer that is due.
 */
function isFinished(state: State): boolean {
  const { rollback, capture } = state;
  const isVerified = rollback === null || (rollback.done !== null && pendingConfirm(state) === null);
  const isAnswered = capture === null || capture.answer !== null;
  return activeRun(state) === null && isVerified && isAnswered && dueCheck(state) === null;
}

/** Waits for a commit or a tick, whichever is first. */
class Wake {
  readonly #clock: Clock;
  #rang = false;
  #resolve: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rang = true;
    this.#resolve?.();
  }

  async wait(mostMs: number, leastMs: number, signal: AbortSignal): Promise<void> {
    const ignoreAbort = (): void => {};
    await this.#clock.sleep(leastMs, signal).catch(ignoreAbort);
    if (!this.#rang && !signal.aborted) {
      const timer = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
      await Promise.race([
        rung,
        this.#clock.sleep(mostMs, AbortSignal.any([signal, timer.signal])).catch(ignoreAbort),
      ]);
      timer.abort();
    }
    this.#rang = false;
    this.#resolve = null;
  }
}
