import { AsyncLocalStorage } from 'node:async_hooks';
import {
  CutoverError,
  parseDuration,
  seededRandom,
  systemClock,
  type Clock,
  type Random,
} from '../kernel/index.ts';
import type { TelemetryBatch } from '../measure/index.ts';
import { findFlag, flagNames } from '../plan/index.ts';
import type { Agent, AgentStatus, FlagChange, Scope } from '../repository/index.ts';
import type { FlagState, RoutingState } from '../route/index.ts';
import type { Of, TestSource, TestSourceOptions } from './contract.ts';
import { exposed, exposureOfPercent, killed, resumed, startState, withFlag } from './flags.ts';

/** The test is the store: what it holds, and whether it can be reached. */
export class MemorySource implements TestSource {
  readonly instance: string;
  readonly environment: string;
  readonly env: Record<string, string | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  readonly scope: Scope<unknown> = new AsyncLocalStorage<unknown>();
  readonly batches: TelemetryBatch[] = [];
  readonly changes: FlagChange[] = [];
  readonly #plan: TestSourceOptions['plan'];
  #state: RoutingState;
  #agent: Agent | undefined;
  #isSilent = false;
  #hasKillFile = false;
  /** How far `goStale` has put the clock ahead, milliseconds. */
  #ahead = 0;
  #stopRenewing: () => void = () => {};

  constructor({
    plan,
    instance,
    environment,
    env,
    seed,
    clock = systemClock,
    staleAfterMs,
  }: TestSourceOptions) {
    this.instance = instance ?? 'test-1';
    this.environment = environment ?? 'test';
    this.env = { ...env };
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + this.#ahead,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      every: (ms, tick) => clock.every(ms, tick),
    };
    this.random = seededRandom(seed ?? 1);
    this.#plan = plan;
    this.#state = startState(plan, this.environment, staleAfterMs ?? leaseMs(plan));
  }

  get state(): RoutingState {
    return this.#state;
  }

  connect(agent: Agent): void {
    if (this.#agent !== undefined) {
      throw new CutoverError('USAGE', 'this testSource is connected already', {
        hint: 'make one for each createCutover',
      });
    }
    this.#agent = agent;
    agent.localKill(this.#hasKillFile);
    if (!this.#isSilent) this.#deliver();
    // Three times a lease, as a real one does often enough: a late timer ends no lease.
    this.#stopRenewing = this.clock.every(this.#state.staleAfterMs / 3, () => this.#renew());
  }

  async setFlag(change: FlagChange): Promise<FlagState> {
    this.changes.push(change);
    if (this.#isSilent) throw silent();
    const { repository } = this.#target(change.flag);
    const of = repository === undefined ? {} : { repository };
    if (change.value === false) this.kill('drain', of);
    else {
      const percent = change.value === true ? 100 : change.value;
      this.#setFlag(of, (flag) => exposed(flag, exposureOfPercent(change.flag, percent), flag.of));
    }
    return this.#flag(of);
  }

  async refresh(): Promise<void> {
    if (this.#isSilent) throw silent();
    this.#deliver();
  }

  async close(): Promise<void> {
    this.#stopRenewing();
    if (this.#agent !== undefined) this.collect();
  }

  expose(percent: number | 'unset', to: Of & { readonly of?: 'users' | 'traffic' } = {}): void {
    const exposure = percent === 'unset' ? percent : exposureOfPercent(to.repository ?? 'global', percent);
    this.#setFlag(to, (flag) => exposed(flag, exposure, to.of ?? 'traffic'));
  }

  exposeInstances(instances: readonly string[], to: Of = {}): void {
    this.#setFlag(to, (flag) => ({
      ...exposed(flag, exposureOfPercent('instances', instances.length > 0 ? 100 : 0), 'instances'),
      instances,
    }));
  }

  kill(mode: 'drain' | 'hard' = 'drain', of: Of = {}): void {
    this.#known(of);
    this.change(killed(this.#state, of.repository, mode));
  }

  resume(of: Of = {}): void {
    this.#known(of);
    this.change(resumed(this.#state, of.repository));
  }

  passPointOfNoReturn(): void {
    this.change({ failSide: 'candidate' });
  }

  goSilent(): void {
    this.#isSilent = true;
  }

  goStale(): void {
    this.goSilent();
    // One more than the lease: it is trusted up to and including its last millisecond.
    this.#ahead += this.#state.staleAfterMs + 1;
  }

  answer(): void {
    this.#isSilent = false;
    this.#deliver();
  }

  setKillFile(exists: boolean): void {
    this.#hasKillFile = exists;
    this.#agent?.localKill(exists);
  }

  override(variable: string, value: string | undefined): void {
    if (this.#agent !== undefined) {
      throw new CutoverError('USAGE', `${variable} cannot be set: overrides are read at start-up`, {
        hint: 'set it before createCutover',
      });
    }
    this.env[variable] = value;
  }

  change(part: Partial<Omit<RoutingState, 'v' | 'epoch' | 'staleAfterMs'>>): void {
    this.#state = { ...this.#state, ...part, epoch: this.#state.epoch + 1 };
    if (!this.#isSilent) this.#deliver();
  }

  collect(): TelemetryBatch {
    const batch = this.#connected().drain();
    this.batches.push(batch);
    return batch;
  }

  status(): AgentStatus {
    return this.#connected().status();
  }

  #deliver(): void {
    this.#agent?.apply(this.#state, this.#freshUntil());
  }

  #renew(): void {
    if (!this.#isSilent) this.#agent?.renewed(this.#freshUntil());
  }

  #freshUntil(): number {
    return this.clock.monotonic() + this.#state.staleAfterMs;
  }

  #flag({ repository }: Of): FlagState {
    const own = repository === undefined ? undefined : this.#state.repositories[repository];
    return own ?? this.#state.global;
  }

  #setFlag(of: Of, to: (flag: FlagState) => FlagState): void {
    this.#known(of);
    this.change(withFlag(this.#state, of.repository, to));
  }

  /** Which flag a name means. */
  #target(flag: string): Of {
    if (this.#plan === undefined) {
      throw new CutoverError('USAGE', `testSource knows no flag "${flag}": it was given no plan`, {
        hint: 'testSource({ plan })',
      });
    }
    const target = findFlag(flagNames(this.#plan), flag);
    if (target !== undefined) return target;
    throw new CutoverError('UNKNOWN_FLAG', `there is no flag "${flag}"`);
  }

  #known({ repository }: Of): void {
    if (
      repository === undefined ||
      this.#plan === undefined ||
      Object.hasOwn(this.#plan.repositories, repository)
    )
      return;
    throw new CutoverError('UNKNOWN_REPOSITORY', `the plan has no repository "${repository}"`, {
      hint: `known: ${Object.keys(this.#plan.repositories).join(', ')}`,
    });
  }

  #connected(): Agent {
    if (this.#agent !== undefined) return this.#agent;
    throw new CutoverError('USAGE', 'this testSource is not connected yet', {
      hint: 'pass it to createCutover first',
    });
  }
}

/** As the controller gives it to instances: two thirds of the lease. */
function leaseMs(plan: TestSourceOptions['plan']): number {
  return Math.round((parseDuration(plan?.instances?.lease ?? '15s') * 2) / 3);
}

function silent(): CutoverError {
  return new CutoverError('STORE_UNAVAILABLE', 'the store is silent, as the test has asked', {
    hint: 'answer() ends the outage',
  });
}
