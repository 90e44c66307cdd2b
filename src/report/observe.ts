import type { Clock } from '../kernel/index.ts';
import { Fleet, loadState, streamOf, type InstanceView, type State } from '../engine/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Store, TelemetryRecord } from '../store/index.ts';
import { RECENT_MS, statusOf, type StatusDocument } from './status.ts';

/**
 * Reads a status again and again without writing anything. Keeps the state between calls, so that a long log is
 * read once.
 */
export class StatusReader {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #plan: Plan;
  readonly #environment: string;
  readonly #instances: Fleet;
  #state: State | undefined;
  #beginning: Promise<State> | null = null;
  #look: { readonly at: number | null; readonly since: number; readonly isFirst: boolean } | null = null;

  constructor(store: Store, clock: Clock, plan: Plan, environment: string) {
    this.#store = store;
    this.#clock = clock;
    this.#plan = plan;
    this.#environment = environment;
    this.#instances = new Fleet(store, streamOf(plan.id, environment), plan.leaseMs);
  }

  /** As it is now. A log that was never read is read once, however many ask meanwhile. */
  async state(): Promise<State> {
    if (this.#state === undefined) {
      this.#beginning ??= this.#load().finally(() => {
        this.#beginning = null;
      });
      await this.#beginning;
    }
    return this.#load();
  }

  async #load(): Promise<State> {
    const stream = streamOf(this.#plan.id, this.#environment);
    const state = await loadState(this.#store, stream, this.#state, () => this.#clock.sleep(1));
    // Another one may have read further meanwhile.
    if (state.seq >= (this.#state?.seq ?? 0)) this.#state = state;
    return state;
  }

  async read(): Promise<StatusDocument> {
    // Before the log: what they acknowledged of it is in what is read of it then.
    const views = await this.#instances.look(() => this.#clock.monotonic());
    const state = await this.state();
    const now = this.#clock.now();
    const stamped = await this.#store.now();
    const head = await this.#store.telemetryHead(state.stream);
    const recent = (
      await this.#store.telemetry(state.stream, Math.max(0, head - views.length * 30 - 30))
    ).filter(({ at }) => at >= stamped - RECENT_MS);
    return statusOf(
      this.#plan,
      this.#environment,
      state,
      views.map((view) => shownAs(view, recent, stamped, this.#plan.leaseMs)),
      recent,
      now,
      await this.#store.lease(state.stream),
      this.#silentMs(state, now),
    );
  }

  /** Since the last look of a controller. Once this reader has seen one come, no clock of another machine is compared. */
  #silentMs({ run }: State, now: number): number {
    const at = run?.look?.at ?? null;
    const since = this.#clock.monotonic();
    if (this.#look === null || this.#look.at !== at) this.#look = { at, since, isFirst: this.#look === null };
    if (at === null) return 0;
    return this.#look.isFirst ? now - at : since - this.#look.since;
  }
}

/**
 * A reader that just started has seen no beat move. For display only, an instance whose telemetry was written within
 * a lease, by the clock that stamped it, is shown as live.
 */
function shownAs(
  view: InstanceView,
  recent: readonly TelemetryRecord[],
  now: number,
  leaseMs: number,
): InstanceView {
  if (view.liveness !== 'unknown') return view;
  const reported = recent.some(({ instance, at }) => instance === view.instance && now - at <= leaseMs);
  return reported ? { ...view, liveness: 'live' } : view;
}
