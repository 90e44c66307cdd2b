import {
  capture,
  captureThrown,
  compareAnswers,
  groupId,
  ignoredBy,
  NoiseModel,
  type CompareRules,
  type Difference,
} from '../compare/index.ts';
import type { ShadowBatch, ShadowState } from '../measure/index.ts';
import type { ShadowedCall, ShadowedRead, ShadowedRepository, ShadowHost } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { ask, type Answer, type Asked } from './ask.ts';
import { Breaker } from './breaker.ts';
import { Deadline } from './deadline.ts';
import { isolate } from './isolate.ts';
import { sampleOf } from './sample.ts';
import type { Settings } from './settings.ts';
import { Tally } from './tally.ts';
import { Timers } from './timers.ts';

const MATCH: Ended = ['match'];
const TIMED_OUT: Ended = ['timedOut'];
type Ended = readonly [state: ShadowState, reason?: string];
type Both = Readonly<Record<Side, Answer>>;

/** Confirmed so often, a group is no more asked for once again. */
const MOST_CONFIRMED = 3;
const MOST_KNOWN = 1_000;
/** Comparisons that overrun in a row, in multiples of their time: one pause of the machine is nobody's fault. */
const MOST_OVERRUN = 3;

/**
 * The shadow of one read.
 *
 * A drawn call waits for the caller's answer, copies it, and is through with the caller. Then, in a later turn of the
 * event loop and if the budget allows it: the other side is asked with copies of the arguments; both answers are
 * compared; where they differ, both sides are asked once more, because the data may have changed in between. Each call
 * ends in one state. Nothing here throws into the caller.
 */
export class ShadowedOperation implements ShadowedRead {
  readonly #name: string;
  readonly #repository: ShadowedRepository;
  readonly #rules: CompareRules;
  readonly #settings: Settings;
  readonly #host: ShadowHost;
  readonly #tally = new Tally();
  readonly #noise = new NoiseModel();
  readonly #breaker = new Breaker();
  readonly #deadline: Deadline;
  readonly #asked: Asked;
  readonly #confirmed = new Map<string, number>();
  #overrun = 0;
  /** Why it is not shadowed any more. */
  #off: string | undefined;

  constructor(
    name: string,
    repository: ShadowedRepository,
    rules: CompareRules,
    settings: Settings,
    host: ShadowHost,
  ) {
    this.#name = name;
    this.#repository = repository;
    this.#rules = rules;
    this.#settings = settings;
    this.#host = host;
    const deadline = new Deadline(settings.deadline);
    this.#deadline = deadline;
    const wrote = (what: string): void => {
      this.#off = `it writes: ${what}`;
    };
    this.#asked = { read: name, repository, settings, host, deadline, wrote };
  }

  get note(): string | undefined {
    return this.#off === undefined
      ? undefined
      : `${this.#repository.name}.${this.#name} is not shadowed: ${this.#off}`;
  }

  drain(): ShadowBatch | undefined {
    return this.#tally.drain(this.#repository.name, this.#name, this.#rules);
  }

  begin(args: readonly unknown[], served: Side, began: number): ShadowedCall | undefined {
    try {
      if (this.#off !== undefined) return undefined;
      const rate = this.#repository.rate(began);
      if (rate <= 0 || this.#host.random() * 10_000 >= rate) return undefined;
      return this.#drawn(args, served, began);
    } catch {
      return undefined;
    }
  }

  #drawn(args: readonly unknown[], served: Side, began: number): ShadowedCall | undefined {
    this.#tally.sampled();
    try {
      const { waitUntil, timers } = this.#settings;
      // In a Worker a timer is its request's alone.
      const own = waitUntil === undefined ? timers : new Timers(this.#host.clock);
      return new Call(this, isolate(args), served, began, own);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unreadable';
      this.#tally.ended('dropped', `an argument cannot be copied: ${why}`);
      return undefined;
    }
  }

  atOnce(how: 'returned' | 'threw'): void {
    // What threw may be the check of an argument in a method that else gives a promise.
    if (how === 'returned') this.#off ??= 'it answers without a promise';
    this.#tally.ended('dropped', `it ${how === 'returned' ? 'answers' : 'threw'} without a promise`);
  }

  /** The caller's last part in it: its answer is copied before it can be changed. */
  detach(call: Call, outcome: unknown, hasThrown: boolean): void {
    try {
      const { waitUntil, limits } = this.#settings;
      const ms = this.#host.clock.monotonic() - call.began;
      if (call.served === 'control') this.#deadline.control(ms);
      const seen = hasThrown ? captureThrown(outcome) : capture(outcome, limits);
      const running = this.#later(call, { seen, ms });
      waitUntil?.(running);
    } catch {
      this.#tally.ended('uncompared', 'the answer cannot be copied');
    }
  }

  async #later(call: Call, answer: Answer): Promise<void> {
    try {
      await call.timers.later();
      const now = this.#host.clock.monotonic();
      const closed =
        this.#closed(now) ??
        (this.#breaker.admits(now) ? this.#settings.budget.take() : 'the breaker is open');
      if (closed !== undefined) return this.#tally.ended('dropped', closed);
      const other: Side = call.served === 'control' ? 'candidate' : 'control';
      const shadowed = await ask(this.#asked, other, call.args, call.timers, now);
      const ended = shadowed === undefined ? TIMED_OUT : this.#judge(call, answer, shadowed);
      const [state, reason] = ended instanceof Promise ? await ended : ended;
      this.#breaker.ended(state !== 'timedOut' && state !== 'failed', this.#host.clock.monotonic());
      this.#tally.ended(state, reason);
    } catch {
      this.#tally.ended('uncompared', 'the comparison failed');
    }
  }

  #closed(now: number): string | undefined {
    if (this.#off !== undefined) return 'switched off';
    return this.#repository.rate(now) <= 0 ? 'stopped' : undefined;
  }

  /** Synchronous for answers that are alike, as nearly all are. */
  #judge(call: Call, answer: Answer, shadowed: Answer): Ended | Promise<Ended> {
    const both: Both =
      call.served === 'control'
        ? { control: answer, candidate: shadowed }
        : { control: shadowed, candidate: answer };
    const differences = this.#compare(both.control, both.candidate);
    if (typeof differences === 'string') return ['uncompared', differences];
    const { random, twice } = this.#settings;
    const isDoubled = twice > 0 && (this.#noise.isLearning || random() < twice);
    const learning = isDoubled ? this.#learn(call, both.control) : undefined;
    if (learning === undefined && differences.length === 0) {
      this.#noise.compared(differences);
      return MATCH;
    }
    return this.#weigh(call, both, differences, learning);
  }

  async #weigh(
    call: Call,
    both: Both,
    differences: readonly Difference[],
    learning: Promise<void> | undefined,
  ): Promise<Ended> {
    await learning;
    this.#noise.compared(differences);
    if (differences.length === 0) return MATCH;
    const real = differences.filter((one) => this.#ignored(one) === undefined);
    const left = real.length === 0 ? real : await this.#persisting(call, real);
    for (const one of differences) {
      if (left.includes(one) || !real.includes(one)) this.#record(one, call, both);
    }
    if (real.length === 0) return ['ignored'];
    if (left.length === 0) return ['transient'];
    const { [call.served]: answer, [call.served === 'control' ? 'candidate' : 'control']: shadowed } = both;
    if (shadowed.seen.kind === 'threw' && answer.seen.kind !== 'threw') return ['failed'];
    // After a start nobody knows yet what control's own answers differ by.
    if (this.#settings.twice > 0 && this.#noise.isLearning) return ['uncompared', 'noise is not learned yet'];
    return ['mismatch'];
  }

  /** One side once more, if that is still allowed. */
  async #again(side: Side, { args, timers }: Call): Promise<Answer | undefined> {
    const now = this.#host.clock.monotonic();
    const closed = this.#closed(now) ?? this.#settings.budget.take();
    return closed === undefined ? ask(this.#asked, side, args, timers, now) : undefined;
  }

  /**
   * Whoever overruns its time again and again or by far, or throws, is not asked again.
   *
   * @returns the differences, or why nobody can say
   */
  #compare(control: Answer | undefined, candidate: Answer | undefined): readonly Difference[] | string {
    if (control === undefined || candidate === undefined) return 'there is no answer';
    // Now, and not when the answer came: in between others may have had their turn.
    const began = this.#host.clock.monotonic();
    try {
      const found = compareAnswers(control.seen, candidate.seen, this.#rules);
      return found.kind === 'incomparable' ? found.why : found.kind === 'same' ? [] : found.differences;
    } catch {
      this.#off = 'its compare throws or gives no boolean';
      return 'the comparison failed';
    } finally {
      const took = this.#host.clock.monotonic() - began;
      const most = this.#settings.compareMs;
      this.#overrun = took > most ? this.#overrun + took / most : 0;
      if (this.#overrun >= MOST_OVERRUN)
        this.#off ??= `comparing took ${Math.round(took)} ms, at most ${most}`;
    }
  }

  /** Control once more: where it differs from itself, a difference says nothing. */
  async #learn(call: Call, control: Answer): Promise<void> {
    const found = this.#compare(control, await this.#again('control', call));
    if (typeof found !== 'string') this.#noise.doubled(found);
  }

  /** What is left of differences when both sides are asked once more. Without a second answer the first one stands. */
  async #persisting(call: Call, differences: readonly Difference[]): Promise<readonly Difference[]> {
    let left = differences;
    if (!differences.some((one) => this.#timesConfirmed(one) >= MOST_CONFIRMED)) {
      await this.#host.clock.sleep(this.#settings.recheckMs);
      const found = this.#compare(await this.#again('control', call), await this.#again('candidate', call));
      if (typeof found !== 'string') {
        const again = new Set(found.map((one) => this.#group(one)));
        left = differences.filter((one) => again.has(this.#group(one)));
      }
    }
    for (const id of new Set(left.map((one) => this.#group(one)))) {
      const times = this.#confirmed.get(id) ?? 0;
      if (times > 0 || this.#confirmed.size < MOST_KNOWN) this.#confirmed.set(id, times + 1);
    }
    return left;
  }

  #timesConfirmed(difference: Difference): number {
    return this.#confirmed.get(this.#group(difference)) ?? 0;
  }

  #group(difference: Difference): string {
    return groupId(this.#repository.name, this.#name, difference);
  }

  #ignored(difference: Difference): string | undefined {
    const rule = ignoredBy(this.#rules, difference, this.#host.clock.now());
    if (rule !== undefined) return rule.reason;
    if (difference.isUnpromised === true) return 'order';
    return this.#noise.isNoise(difference) ? 'noise' : undefined;
  }

  #record(difference: Difference, { args, served }: Call, { control, candidate }: Both): void {
    const seen = {
      ignored: this.#ignored(difference),
      noise: this.#noise.rate(difference),
      at: this.#host.clock.now(),
    };
    this.#tally.difference(this.#group(difference), difference, seen, () =>
      sampleOf(difference, args, served, [control.ms, candidate.ms], this.#settings.redaction),
    );
  }
}

/** A call that was drawn. */
class Call implements ShadowedCall {
  /** A copy that only copies are made of. */
  readonly args: readonly unknown[];
  readonly served: Side;
  readonly began: number;
  readonly timers: Timers;
  readonly #operation: ShadowedOperation;
  #isOver = false;

  constructor(
    operation: ShadowedOperation,
    args: readonly unknown[],
    served: Side,
    began: number,
    timers: Timers,
  ) {
    this.#operation = operation;
    this.args = args;
    this.served = served;
    this.began = began;
    this.timers = timers;
  }

  returned(value: unknown): void {
    this.#ended(value, false);
  }

  threw(error: unknown): void {
    this.#ended(error, true);
  }

  atOnce(how: 'returned' | 'threw'): void {
    this.#operation.atOnce(how);
  }

  /** A query that runs whenever it is awaited may end more than once. */
  #ended(outcome: unknown, hasThrown: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#operation.detach(this, outcome, hasThrown);
  }
}
