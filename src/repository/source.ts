import type { Clock, Random } from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { CaptureAnswer, FlagState, RoutingState } from '../route/index.ts';

/**
 * Where an application gets its routing state from and takes its telemetry to. `cutover/node` has one that reads
 * the store's SQLite file from a worker thread; a source for a test can be twenty lines.
 */
export interface Source {
  /** Stable name of this instance. A replacement that uses the same name inherits its slot. */
  readonly instance: string;
  readonly environment: string;
  /** Environment variables of the process, for the overrides that the configuration names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Carries a pin through asynchronous calls. Without it `pin` rejects with `SCOPE_UNAVAILABLE`. */
  readonly scope?: Scope<unknown>;
  /** Where ends of this process are remembered for a guard. Absent where nothing outlives the process. */
  readonly strikes?: (repository: string) => Strikes;
  /** Called once, by `createCutover`. The source then calls `agent.apply` and reads from `agent`. */
  connect(agent: Agent): void;
  /** Writes a flag through the log. Rejects with a coded error; never throws synchronously. */
  setFlag(change: FlagChange): Promise<FlagState>;
  /** Fetches the newest state now; resolves when it was applied. */
  refresh(): Promise<void>;
  /** Sends what is left, leaves the list of instances, stops. */
  close(): Promise<void>;
}

/** The part of `AsyncLocalStorage` that pins need. */
export interface Scope<T> {
  getStore(): T | undefined;
  run<R>(store: T, fn: () => R): R;
}

/**
 * Ends of this instance's process that came while a repository's candidate was in use, and that nobody had asked for.
 * None of it throws.
 */
export interface Strikes {
  /** When they were found, which is at the next start. Wall clock, milliseconds. */
  readonly at: readonly number[];
  /** A call of the candidate begins. */
  began(): void;
  /** A call of the candidate ended. */
  ended(): void;
  /** Forgets all of this repository. */
  clear(): void;
}

export type FlagChange = {
  readonly flag: string;
  /** `false` is a kill, `true` is 100 %, a number is a percentage 0..100. */
  readonly value: boolean | number;
  readonly actor: string;
  readonly reason: string;
};

/** The application's side of a source. All of it is synchronous and throws nothing. */
export interface Agent {
  /**
   * Takes a newer state (an older or equal epoch is ignored) and the monotonic time until which it may be trusted.
   * Past that time every call takes the state's fail side.
   */
  apply(state: RoutingState, freshUntil: number): void;
  /** From now on every state is read through `amend`, the one that is applied too. It keeps the epoch and throws nothing. */
  amend(amend: (state: RoutingState) => RoutingState): void;
  /** The lease was renewed: the state may be trusted until `freshUntil`, monotonic milliseconds. */
  renewed(freshUntil: number): void;
  /** A local kill file appeared (or went away): everything takes the fail side, without any store. */
  localKill(killed: boolean): void;
  /** What this instance reports about itself. */
  status(): AgentStatus;
  /** Calls finished since the last drain. The batch is handed over: counting starts again from zero. */
  drain(): TelemetryBatch;
  /** Called when `status().acknowledged` grew, so that it can be reported at once. */
  onAcknowledge(listener: () => void): void;
}

/** Body of an instance's row in the store. */
export type AgentStatus = {
  readonly v: 1;
  /** Epoch of the state that new scopes get. */
  readonly applied: number;
  /** The highest epoch for which no pin of an older one is alive here. */
  readonly acknowledged: number;
  readonly pins: number;
  /**
   * The event of the log that the applied state was written with. An acknowledgement counts only in a log that has it;
   * a source that cannot say leaves it out, and is then believed by the number alone.
   */
  readonly mark?: { readonly seq: number; readonly hash: string } | null;
  /** Which side a call without a pin and without a key gets now, by repository, and why. */
  readonly serving: Readonly<
    Record<string, { readonly side: 'control' | 'candidate' | 'split'; readonly why: string }>
  >;
  /** Overrides that are set but not obeyed, for a person to see: `USE_DRIZZLE=true (ignored: …)`. */
  readonly notes: readonly string[];
  /** The answer to the last wish for a picture of the memory, while it matters. */
  readonly capture?: CaptureAnswer;
};
