import type { Clock } from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import type { PlanInput } from '../plan/index.ts';
import type { AgentStatus, FlagChange, Source } from '../repository/index.ts';
import type { RoutingState } from '../route/index.ts';

/**
 * What a test fixes beforehand.
 *
 * @example
 * const options: TestSourceOptions = { plan, seed: 7, clock: manualClock(), env: { USE_DRIZZLE: 'false' } };
 */
export type TestSourceOptions = {
  /** The plan of the application under test. Without it `updateFeatureFlag` rejects and no name is checked. */
  readonly plan?: Pick<PlanInput, 'id' | 'flag' | 'repositories'> &
    Partial<Pick<PlanInput, 'salt' | 'allow' | 'deny' | 'instances'>>;
  /** @default 'test-1' */
  readonly instance?: string;
  /** @default 'test' */
  readonly environment?: string;
  /** Variables that override flags. @default none: those of the process are not looked at */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Of the draws for a share of traffic: the same seed, the same sides. @default 1 */
  readonly seed?: number;
  /** `manualClock()` lets a test say how late it is. @default the system's clock */
  readonly clock?: Clock;
  /** How long a state may be trusted that is not renewed, milliseconds. @default 2/3 of the plan's lease */
  readonly staleAfterMs?: number;
};

/** What a change is about: one repository's flag, or the global one. */
export type Of = { readonly repository?: string };

/**
 * A `Source` in memory, the test being its store. Every change is applied before the method returns, unless the store is
 * silent: then it waits until `answer()`.
 *
 * @example
 * const drill = (source: TestSource): void => {
 *   source.expose(25, { of: 'users', repository: 'user' });
 *   source.kill('hard');
 * };
 */
export interface TestSource extends Source {
  /** Every batch that was collected, and the last one at `close`. */
  readonly batches: readonly TelemetryBatch[];
  /** Every change that the application asked for with `updateFeatureFlag`, refused ones too. */
  readonly changes: readonly FlagChange[];
  /** What the store holds; the application may be behind it while the store is silent. */
  readonly state: RoutingState;
  /**
   * Exposes a share. @param percent 0..100 with two decimals, or `unset` for no opinion
   * @throws CutoverError `FLAG_VALUE_INVALID`, `FLAG_KILLED`, `UNKNOWN_REPOSITORY`
   */
  expose(percent: number | 'unset', to?: Of & { readonly of?: 'users' | 'traffic' }): void;
  /** Exposes these instances, wholly, and no other. @throws CutoverError `FLAG_KILLED`, `UNKNOWN_REPOSITORY` */
  exposeInstances(instances: readonly string[], to?: Of): void;
  /**
   * Takes it back. `drain` lets a pin finish where it began, `hard` does not.
   * @throws CutoverError `POINT_OF_NO_RETURN`, `UNKNOWN_REPOSITORY`
   */
  kill(mode?: 'drain' | 'hard', of?: Of): void;
  /** Leaves a kill, for no opinion; without a repository, every kill. @throws CutoverError `UNKNOWN_REPOSITORY` */
  resume(of?: Of): void;
  /** From here the fail side is the candidate, and nothing can be killed. */
  passPointOfNoReturn(): void;
  /** The store is out: nothing is renewed, changes do not arrive; what is known serves until it is stale. */
  goSilent(): void;
  /** The store is out, and for so long that everything takes the fail side: `clock.monotonic()` runs ahead. */
  goStale(): void;
  /** The outage is over: the newest state arrives and is trusted. */
  answer(): void;
  /** A kill file appears on this instance, or goes away. It needs no store. */
  setKillFile(exists: boolean): void;
  /**
   * Sets a variable of the environment, before `createCutover`, which reads it.
   * @throws CutoverError `USAGE` after that
   */
  override(variable: string, value: string | undefined): void;
  /** Anything else of the routing state: `allow`, `deny`, `byEnvironment`. No rule of the plan is asked. */
  change(part: Partial<Omit<RoutingState, 'v' | 'epoch' | 'staleAfterMs'>>): void;
  /** What the application has recorded since the last time. @throws CutoverError `USAGE` before `createCutover` */
  collect(): TelemetryBatch;
  /** What the application says about itself now. @throws CutoverError `USAGE` before `createCutover` */
  status(): AgentStatus;
}
