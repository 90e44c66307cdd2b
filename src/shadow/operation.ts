import {
  capture,
  captureThrown,
  compareAnswers,
  groupId,
  ignoredBy,
  NoiseModel,
  redact,
  refusedWrite,
  type Captured,
  type Comparison,
  type CompareRules,
  type Difference,
} from '../compare/index.ts';
import type { MismatchSample, ShadowBatch, ShadowState } from '../measure/index.ts';
import type { ShadowedCall, ShadowedRead, ShadowedRepository, ShadowHost } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { Breaker } from './budget.ts';
import { Deadline } from './deadline.ts';
import { isolate } from './isolate.ts';
import type { Settings } from './settings.ts';
import { Tally } from './tally.ts';

/** One side's answer, and how long it took. */
type Answer = { readonly seen: Captured; readonly ms: number };
/** The shadow's answer, or why there is none. */
type Outcome = Answer | 'timed out' | { readonly reason: string };
type Call = {
  /** A copy that only copies are made of. */
  readonly args: readonly unknown[];
  readonly served: Side;
  readonly began: number;
};

/** Confirmed so often, a group is no more asked for once again. */
const MOST_CONFIRMED = 3;

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
  readonly #confirmed = new Map<string, number>();
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
    this.#deadline = new Deadline(settings.deadline);
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
    let call: Call;
    try {
      call = { args: isolate(args), served, began };
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unreadable';
      this.#tally.ended('dropped', `an argument cannot be copied: ${why}`);
      return undefined;
    }
    let isOver = false;
    const settled = (seen: () => Captured): void => {
      if (isOver) return;
      isOver = true;
      this.#detach(call, seen);
    };
    return {
      returned: (value) => settled(() => capture(value, this.#settings.limits)),
      threw: (error) => settled(() => captureThrown(error)),
      atOnce: (how) => {
        // What threw may be the check of an argument in a method that else gives a promise.
        if (how === 'returned') this.#off ??= 'it answers without a promise';
        this.#tally.ended('dropped', `it ${how === 'returned' ? 'answers' : 'threw'} without a promise`);
      },
    };
  }

  /** The caller's last part in it: its answer is copied before it can be changed. */
  #detach(call: Call, seen: () => Captured): void {
    try {
      const ms = this.#host.clock.monotonic() - call.began;
      if (call.served === 'control') this.#deadline.control(ms);
      const running = this.#later(call, { seen: seen(), ms });
      this.#settings.waitUntil?.(running);
    } catch {
      this.#tally.ended('uncompared', 'the answer cannot be copied');
    }
  }

  async #later(call: Call, answer: Answer): Promise<void> {
    try {
      await this.#host.clock.sleep(0.001);
      const now = this.#host.clock.monotonic();
      const closed = this.#closed(now) ?? this.#settings.budget.take();
      if (closed !== undefined) return this.#tally.ended('dropped', closed);
      const { state, reason } = await this.#judge(call, answer);
      this.#breaker.ended(state !== 'timedOut' && state !== 'failed', this.#host.clock.monotonic());
      this.#tally.ended(state, reason);
    } catch {
      this.#tally.ended('uncompared', 'the comparison failed');
    }
  }

  #closed(now: number): string | undefined {
    if (this.#off !== undefined) return 'switched off';
    if (this.#repository.rate(now) <= 0) return 'stopped';
    return this.#breaker.admits(now) ? undefined : 'the breaker is open';
  }

  async #judge(
    call: Call,
    answer: Answer,
  ): Promise<{ readonly state: ShadowState; readonly reason?: string }> {
    const other: Side = call.served === 'control' ? 'candidate' : 'control';
    const shadowed = await this.#ask(other, call, true);
    if (shadowed === 'timed out') return { state: 'timedOut' };
    if ('reason' in shadowed) return { state: 'uncompared', reason: shadowed.reason };
    const both = inOrder(call.served, answer, shadowed);
    const found = this.#compare(both.control.seen, both.candidate.seen);
    if (found === undefined) return { state: 'uncompared', reason: 'the comparison failed' };
    if (found.kind === 'incomparable') return { state: 'uncompared', reason: found.why };
    if (this.#settings.random() < this.#settings.twice) await this.#learn(call, both.control);
    const differences = found.kind === 'different' ? found.differences : [];
    this.#noise.compared(differences);
    if (differences.length === 0) return { state: 'match' };
    const real = differences.filter((one) => this.#ignored(one) === undefined);
    const persisting = real.length === 0 ? real : await this.#persisting(call, real);
    const kept = new Set([...differences.filter((one) => !real.includes(one)), ...persisting]);
    for (const one of kept) this.#record(one, call, both);
    if (real.length === 0) return { state: 'ignored' };
    if (persisting.length === 0) return { state: 'transient' };
    const hasFailed = shadowed.seen.kind === 'threw' && answer.seen.kind !== 'threw';
    return { state: hasFailed ? 'failed' : 'mismatch' };
  }

  /**
   * Asks one side in the shadow. A place is held until it settles, not until it is given up: what hangs has a
   * connection all that time.
   *
   * @param holds a place was taken for this one already
   */
  async #ask(side: Side, { args }: Call, holds = false): Promise<Outcome> {
    const { clock } = this.#host;
    const budget = this.#settings.budget;
    const began = clock.monotonic();
    if (!holds) {
      const isStopped = this.#off !== undefined || this.#repository.rate(began) <= 0;
      const refused = isStopped ? 'stopped' : budget.take();
      if (refused !== undefined) return { reason: refused };
    }
    const answered = this.#invoke(side, args).then((seen): Answer => {
      const ms = clock.monotonic() - began;
      budget.give();
      if (side === 'control') this.#deadline.control(ms);
      return { seen, ms };
    });
    const stop = new AbortController();
    const late = clock.sleep(this.#deadline.ms, stop.signal).then(
      () => 'timed out' as const,
      () => 'timed out' as const,
    );
    const first = await Promise.race([answered, late]);
    stop.abort();
    return first;
  }

  async #invoke(side: Side, args: readonly unknown[]): Promise<Captured> {
    const { limits } = this.#settings;
    const guard = side === 'candidate' ? this.#repository.guard : undefined;
    guard?.began();
    try {
      const implementation = this.#repository[side];
      const result: unknown = await this.#repository.run(side, async () => {
        const method: unknown = Reflect.get(implementation, this.#name);
        if (typeof method !== 'function') throw new TypeError(`${this.#name} is no method`);
        return Reflect.apply(method, implementation, isolate(args)) as unknown;
      });
      return capture(result, limits);
    } catch (error) {
      const write = refusedWrite(error);
      if (write !== undefined) this.#off = `it writes: ${write}`;
      return captureThrown(error);
    } finally {
      guard?.shadowEnded();
    }
  }

  /** Whoever overruns its time, or throws, is not asked again. */
  #compare(control: Captured, candidate: Captured): Comparison | undefined {
    const { clock } = this.#host;
    const began = clock.monotonic();
    try {
      return compareAnswers(control, candidate, this.#rules);
    } catch {
      this.#off = 'its compare throws';
      return undefined;
    } finally {
      const took = clock.monotonic() - began;
      if (took > this.#settings.compareMs)
        this.#off ??= `comparing took ${Math.round(took)} ms, at most ${this.#settings.compareMs}`;
    }
  }

  /** Control once more: where it differs from itself, a difference says nothing. */
  async #learn(call: Call, control: Answer): Promise<void> {
    const again = await this.#ask('control', call);
    if (typeof again === 'string' || 'reason' in again) return;
    const found = this.#compare(control.seen, again.seen);
    if (found !== undefined && found.kind !== 'incomparable')
      this.#noise.doubled(found.kind === 'different' ? found.differences : []);
  }

  /** What is left of differences when both sides are asked once more. */
  async #persisting(call: Call, differences: readonly Difference[]): Promise<readonly Difference[]> {
    const ids = new Map(differences.map((one) => [one, this.#group(one)]));
    const isKnown = [...ids.values()].some((id) => (this.#confirmed.get(id) ?? 0) >= MOST_CONFIRMED);
    if (!isKnown) {
      await this.#host.clock.sleep(this.#settings.recheckMs);
      const [control, candidate] = [await this.#ask('control', call), await this.#ask('candidate', call)];
      const found =
        hasAnswered(control) && hasAnswered(candidate)
          ? this.#compare(control.seen, candidate.seen)
          : undefined;
      // Without a second answer the first one stands.
      if (found !== undefined && found.kind !== 'incomparable') {
        const again = new Set(
          found.kind === 'different' ? found.differences.map((one) => this.#group(one)) : [],
        );
        for (const [one, id] of ids) if (!again.has(id)) ids.delete(one);
      }
    }
    for (const id of new Set(ids.values())) this.#confirm(id);
    return [...ids.keys()];
  }

  #confirm(id: string): void {
    if (this.#confirmed.size < 1_000 || this.#confirmed.has(id))
      this.#confirmed.set(id, (this.#confirmed.get(id) ?? 0) + 1);
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

  #record(
    difference: Difference,
    { args, served }: Call,
    { control, candidate }: { readonly control: Answer; readonly candidate: Answer },
  ): void {
    const ignored = this.#ignored(difference);
    const noise = this.#noise.rate(difference);
    const { redaction } = this.#settings;
    const sample = (): MismatchSample => ({
      at: difference.at,
      control: redact(difference.control, difference.path, redaction),
      candidate: redact(difference.candidate, difference.path, redaction),
      args: args.map((one, at) => {
        const seen = capture(one);
        return seen.kind === 'returned' ? redact(seen.value, `args[${at}]`, redaction) : seen.kind;
      }),
      served,
      controlMs: Math.round(control.ms * 100) / 100,
      candidateMs: Math.round(candidate.ms * 100) / 100,
    });
    const more = {
      now: this.#host.clock.now(),
      ...(ignored === undefined ? {} : { ignored }),
      ...(noise === undefined ? {} : { noise }),
    };
    this.#tally.difference(this.#group(difference), difference, more, sample);
  }
}

function hasAnswered(outcome: Outcome): outcome is Answer {
  return typeof outcome !== 'string' && 'seen' in outcome;
}

function inOrder(served: Side, answer: Answer, shadowed: Answer) {
  return served === 'control'
    ? { control: answer, candidate: shadowed }
    : { control: shadowed, candidate: answer };
}
