import { CutoverError, suggest } from '../kernel/index.ts';
import { Recorder, type TelemetryBatch } from '../measure/index.ts';
import { flagNames, type FlagNames, type PlanInput } from '../plan/index.ts';
import {
  bucket,
  decidingFlag,
  isKilled,
  parseOverride,
  type Decision,
  type Local,
  type RoutingState,
  type Side,
} from '../route/index.ts';
import type { GuardOf, RepositoryGuard } from './hooks.ts';
import { LivePins, Pin, type Alive } from './pins.ts';
import { isThenable } from './thenable.ts';
import { explain, takeSnapshot, type Snapshot } from './snapshot.ts';
import type { Shadow } from './shadow.ts';
import type { Agent, AgentStatus, Scope, Source } from './source.ts';

/** What a runtime reads of a plan. */
export type RuntimePlan = Pick<PlanInput, 'id' | 'flag' | 'repositories'> &
  Partial<Pick<PlanInput, 'topology'>>;

/** Why a repository is served as it is, as `which` answers it. */
export type Explanation = Decision & {
  readonly repository: string;
  readonly epoch: number;
  /** Where the key stands, 0..9999; `null` without a key. */
  readonly bucket: number | null;
  readonly reads: readonly string[];
};

/** What runs in the shadow is counted with nobody: what hangs there holds back no acknowledgement. */
const NOBODY: Alive = { epoch: 0, count: 0 };

/**
 * The routing and recording of one application process. Synchronous, and quiet: whatever the source does or does
 * not do, a call gets a side.
 */
export class Runtime implements Agent {
  readonly names: FlagNames;
  readonly recorder = new Recorder();
  readonly reads = new Map<string, readonly string[]>();
  shadow: Shadow | undefined;
  /** What others measured is added to a batch by them. They throw nothing. */
  readonly more: ((batch: TelemetryBatch) => TelemetryBatch)[] = [];
  /** By the index of the repository. */
  readonly #guards = new Map<number, RepositoryGuard>();
  readonly #source: Source;
  readonly #repositories: readonly string[];
  readonly #overrides: readonly Local['override'][];
  readonly #connections: (() => number) | undefined;
  readonly #pins = new LivePins();
  readonly #listeners = new Set<() => void>();
  /** As it was applied, not amended. */
  #state: RoutingState | undefined;
  #amend: (state: RoutingState) => RoutingState = (state) => state;
  #snapshot: Snapshot;
  #freshUntil = -Infinity;
  #localKill = false;
  #acknowledged = 0;
  #drainedAt: number;

  constructor(plan: RuntimePlan, source: Source, connections: (() => number) | undefined) {
    this.names = flagNames(plan);
    this.#source = source;
    this.#connections = connections;
    this.#repositories = Object.keys(plan.repositories);
    const global = readOverride(this.names.global.env, source.env);
    this.#overrides = this.#repositories.map((name) => ({
      repository: readOverride(this.names.repositories[name]?.env ?? null, source.env),
      global,
    }));
    this.#snapshot = this.#take();
    this.#drainedAt = source.clock.monotonic();
  }

  /** @throws CutoverError `UNKNOWN_REPOSITORY` */
  index(repository: string): number {
    const index = this.#repositories.indexOf(repository);
    if (index >= 0) return index;
    const near = suggest(repository, this.#repositories);
    throw new CutoverError('UNKNOWN_REPOSITORY', `the plan has no repository "${repository}"`, {
      hint: near === undefined ? `known: ${this.#repositories.join(', ')}` : `did you mean "${near}"?`,
    });
  }

  /** The side of a call that begins now. @param now monotonic milliseconds */
  choose(index: number, now: number): Side {
    const pin = this.#pin();
    const side = this.#side(index, now, pin);
    pin?.served?.(index, side);
    return side;
  }

  #side(index: number, now: number, pin: Pin | undefined): Side {
    const snapshot = this.#snapshot;
    const route = snapshot.routes[index];
    if (route === undefined) return snapshot.failSide;
    if (pin !== undefined && !route.ignoresPins) return pin.side(index, now);
    if (now > this.#freshUntil) return snapshot.failSide;
    if (route.fixed !== undefined) return route.fixed;
    if (route.needsKey) this.recorder.keyMissing();
    return route.side(undefined, this.#source.random);
  }

  /** Takes a repository to its fail side here as soon as the candidate fails so often. Nobody has to be reached for it. */
  guard(index: number, name: string, make: GuardOf): RepositoryGuard {
    const tripped = (): void => {
      this.recorder.count('guard', 1);
      this.#snapshot = this.#take();
    };
    const guard = make(name, this.#source, tripped);
    this.#guards.set(index, guard);
    // What is known from before this process is too old to forgive anything.
    if (this.#state?.epoch) this.#armGuards(this.#state);
    if (guard.tripped) tripped();
    return guard;
  }

  pin<T>(key: string | undefined, fn: () => T, served?: (repository: string, side: Side) => void): T {
    const scope = this.#scope();
    if (this.#pin() !== undefined) return fn();
    const snapshot = this.#snapshot;
    // With a key nothing is drawn.
    const random = key === undefined ? this.#source.random() : 0;
    if (key === undefined && snapshot.routes.some(({ needsKey }) => needsKey)) this.recorder.keyMissing();
    const pin = new Pin(snapshot, key, this.#pins.of(snapshot.epoch), this.#freshUntil, random);
    if (served !== undefined) pin.served = (index, side) => served(this.#repositories[index] ?? '', side);
    return this.#during(pin, scope, fn);
  }

  /** One side for all of these repositories: the one that they agree on, else the fail side. */
  transaction<T>(key: string | undefined, repositories: readonly string[], fn: (side: Side) => T): T {
    const indexes = repositories.map((name) => this.index(name));
    return this.pin(key, () => {
      const pin = this.#pin();
      if (pin === undefined) return fn(this.#snapshot.failSide);
      const now = this.#source.clock.monotonic();
      const side = pin.transaction ?? this.#agreed(indexes, now);
      const inner = pin.within();
      inner.hold(indexes, side);
      return this.#during(inner, this.#scope(), () => fn(side));
    });
  }

  /** Whether a read that begins now is drawn for the shadow. None is in a transaction: the other side is not in it. */
  drawsShadow(index: number, now: number, at: number): boolean {
    if (at >= (this.#snapshot.shadowRates[index] ?? 0) || now > this.#freshUntil) return false;
    // Asked last: it looks for the scope, which every read that is not drawn would pay for.
    const pin = this.#pin();
    return !pin?.transaction && !pin?.inShadow;
  }

  inTransaction(): boolean {
    return this.#pin()?.transaction !== undefined;
  }

  /** Runs a read of the shadow on one side, and whatever it calls as well; writes are refused in there. */
  inShadow<T>(index: number, side: Side, fn: () => T): T {
    const scope = this.#source.scope;
    if (scope === undefined) return fn();
    const pin =
      this.#pin()?.within(NOBODY) ??
      new Pin(this.#snapshot, undefined, NOBODY, this.#freshUntil, this.#source.random());
    pin.hold([index], side);
    pin.inShadow = true;
    pin.served = undefined;
    return scope.run(pin, fn);
  }

  get isInShadow(): boolean {
    return this.#pin()?.inShadow === true;
  }

  #agreed(indexes: readonly number[], now: number): Side {
    const pin = this.#pin();
    const sides = new Set(indexes.map((index) => this.#side(index, now, pin)));
    const [side] = sides;
    return side === undefined || sides.size > 1 ? this.#snapshot.failSide : side;
  }

  explain(repository: string, key: string | undefined): Explanation {
    const index = this.index(repository);
    const snapshot = this.#snapshot;
    const now = this.#source.clock.monotonic();
    const isStale = now > this.#freshUntil;
    const pin = this.#pin();
    const route = snapshot.routes[index];
    const decision: Decision =
      pin !== undefined && key === undefined && route?.ignoresPins !== true
        ? { side: pin.side(index, now), why: 'pinned' }
        : explain(snapshot, repository, { ...this.#local(index), stale: isStale }, key, this.#source.random);
    const at = key === undefined || snapshot.state === undefined ? null : bucket(snapshot.state.salt, key);
    return {
      ...decision,
      repository,
      epoch: snapshot.epoch,
      bucket: at,
      reads: this.reads.get(repository) ?? [],
    };
  }

  apply(state: RoutingState, freshUntil: number): void {
    if (this.#state === undefined || state.epoch > this.#state.epoch) {
      this.#state = state;
      this.#armGuards(state);
      this.#snapshot = this.#take();
      this.#noteAcknowledged();
    }
    this.renewed(freshUntil);
  }

  /** Once a repository was taken back, so that its candidate does not even run in the shadow, it is judged anew. */
  #armGuards(state: RoutingState): void {
    for (const [index, guard] of this.#guards) {
      const name = this.#repositories[index] ?? '';
      const { exposure } = decidingFlag(state, name).flag;
      const inShadow = state.shadow?.repositories[name] ?? state.shadow?.all;
      // An exposure that is unset is no number.
      const mayRun = Number(exposure) > 0 || state.byEnvironment || inShadow;
      if (!mayRun || isKilled(state, name)) guard.reset();
    }
  }

  amend(amend: (state: RoutingState) => RoutingState): void {
    this.#amend = amend;
    this.#snapshot = this.#take();
  }

  renewed(freshUntil: number): void {
    this.#freshUntil = Math.max(this.#freshUntil, freshUntil);
  }

  localKill(killed: boolean): void {
    if (this.#localKill === killed) return;
    this.#localKill = killed;
    this.#snapshot = this.#take();
  }

  status(): AgentStatus {
    const { epoch } = this.#snapshot;
    return {
      v: 1,
      applied: epoch,
      acknowledged: this.#pins.acknowledged(this.#snapshot),
      pins: this.#pins.count,
      serving: Object.fromEntries(
        this.#repositories.map((name, index) => [name, this.#serving(name, index)]),
      ),
      notes: [...this.#notes(), ...this.#guardNotes(), ...(this.shadow?.notes() ?? [])],
    };
  }

  drain(): TelemetryBatch {
    const now = this.#source.clock.monotonic();
    const spanMs = now - this.#drainedAt;
    this.#drainedAt = now;
    const connections = this.#connectionCount();
    const gauges = connections === undefined ? {} : { connections };
    const batch: TelemetryBatch = {
      ...this.recorder.drain(this.#snapshot.epoch, spanMs, gauges),
      pinned: this.#pins.drain(),
    };
    const shadow = this.shadow?.drain() ?? [];
    return this.more.reduce((all, add) => add(all), shadow.length === 0 ? batch : { ...batch, shadow });
  }

  onAcknowledge(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #scope(): Scope<unknown> {
    const { scope } = this.#source;
    if (scope !== undefined) return scope;
    throw new CutoverError('SCOPE_UNAVAILABLE', 'this source cannot carry a pin through calls', {
      hint: 'use a source with a scope',
    });
  }

  #pin(): Pin | undefined {
    const pin = this.#source.scope?.getStore();
    return pin instanceof Pin && !pin.ended ? pin : undefined;
  }

  #during<T>(pin: Pin, scope: Scope<unknown>, fn: () => T): T {
    let result: T;
    try {
      result = scope.run(pin, fn);
    } catch (error) {
      this.#end(pin);
      throw error;
    }
    if (!isThenable(result)) {
      this.#end(pin);
      return result;
    }
    return Promise.resolve(result).then(
      (value) => {
        this.#end(pin);
        return value;
      },
      (error: unknown) => {
        this.#end(pin);
        throw error;
      },
    ) as T;
  }

  #end(pin: Pin): void {
    const wasLast = pin.end();
    // If it began in the newest epoch, its end lets nothing more be acknowledged.
    if (wasLast && pin.snapshot.epoch !== this.#snapshot.epoch) this.#noteAcknowledged();
  }

  #noteAcknowledged(): void {
    const acknowledged = this.#pins.acknowledged(this.#snapshot);
    if (acknowledged <= this.#acknowledged) return;
    this.#acknowledged = acknowledged;
    for (const listener of this.#listeners) listener();
  }

  #take(): Snapshot {
    return takeSnapshot(
      this.#state === undefined ? undefined : this.#amend(this.#state),
      this.#repositories,
      this.#repositories.map((_, index) => this.#local(index)),
    );
  }

  #local(index: number): Local {
    return {
      instance: this.#source.instance,
      override: this.#overrides[index] ?? { repository: undefined, global: undefined },
      guardTripped: this.#guards.get(index)?.tripped === true,
      localKill: this.#localKill,
      stale: false,
    };
  }

  #serving(repository: string, index: number): { readonly side: Side | 'split'; readonly why: string } {
    const { side, why } = this.explain(repository, undefined);
    const isStale = why === 'stale' || why === 'pinned';
    return { side: isStale ? side : (this.#snapshot.routes[index]?.fixed ?? 'split'), why };
  }

  #guardNotes(): readonly string[] {
    return [...this.#guards].flatMap(([index, { tripped, why }]) =>
      tripped ? [`guard of ${this.#repositories[index]} tripped: ${why}`] : [],
    );
  }

  #notes(): readonly string[] {
    const flags = [this.names.global, ...Object.values(this.names.repositories)];
    return flags.flatMap(({ env }) => {
      const value = env === null ? undefined : readOverride(env, this.#source.env);
      if (env === null || value === undefined) return [];
      if (value === false) return [`${env}=false: control`];
      return this.#snapshot.state?.byEnvironment === true
        ? [`${env}=true: candidate`]
        : [`${env}=true is ignored: no step turns instances on by their environment`];
    });
  }

  #connectionCount(): number | undefined {
    try {
      return this.#connections?.();
    } catch {
      // The application's own function; without it the gauge is missing, which no row takes for zero.
      return undefined;
    }
  }
}

function readOverride(variable: string | null, env: Source['env']): boolean | undefined {
  return variable === null ? undefined : parseOverride(variable, env[variable]);
}
