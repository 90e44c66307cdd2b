import { capture, type Captured } from '../compare/index.ts';
import type { ShadowBatch } from '../measure/index.ts';
import type { ShadowedCall, ShadowedRead } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { askerOf, copyOf, type Answer } from './ask.ts';
import { breakerOf } from './breaker.ts';
import { deadlineOf } from './deadline.ts';
import { judgeOf, type Ended } from './judge.ts';
import { tallyOf } from './tally.ts';
import { timersOf, type Timers } from './timers.ts';
import type { DrawnCall, Watched } from './watched.ts';

export type ShadowedOperation = ShadowedRead & {
  readonly drain: () => ShadowBatch | undefined;
  /** What a person should know. */
  readonly note: () => string | undefined;
};

/**
 * The shadow of one read.
 *
 * A drawn call waits for the caller's answer, copies it, and is through with the caller. Then, in a later turn of the
 * event loop and if the budget allows it: the other side is asked with copies of the arguments, and both answers are
 * compared. Each call ends in one state. Nothing here throws into the caller.
 */
export function shadowedOperation(of: Omit<Watched, 'switchOff'>, shared: Timers<Answer>): ShadowedOperation {
  const { read, repository, rules, settings, clock, random } = of;
  const { budget, waitUntil } = settings;
  const tally = tallyOf(repository.name, read, rules);
  const breaker = breakerOf(clock);
  const deadline = deadlineOf(settings);
  let off: string | undefined;
  const switchOff = (why: string): void => {
    off ??= why;
  };
  const watched = { ...of, switchOff };
  const ask = askerOf(watched, deadline);

  /** Takes a place of the budget. @returns why there is none, in a word */
  const place = (now: number): string | undefined => {
    if (off) return 'off';
    return repository.draws(now, 0) ? budget.take() : 'stopped';
  };

  const end = (call: Call, [state, reason]: Ended): void => {
    if (state !== 'dropped') breaker.ended(state !== 'timedOut' && state !== 'failed');
    tally.ended(state, reason);
    call.over?.();
  };

  const again = (side: Side, { args, timers }: Call): Promise<Answer | undefined> =>
    new Promise((resolve) => {
      const now = clock.monotonic();
      if (place(now)) resolve(undefined);
      else ask(side, args, timers, now, resolve);
    });
  const judge = judgeOf(watched, tally, again, end);

  const start = (call: Call, answer: Answer): void => {
    const now = clock.monotonic();
    const why = breaker.admits(now) ? place(now) : 'breaker';
    if (why) return end(call, ['dropped', why]);
    ask(call.served === 'control' ? 'candidate' : 'control', call.args, call.timers, now, (shadowed) =>
      shadowed ? judge(call, answer, shadowed) : end(call, ['timedOut']),
    );
  };

  /** The caller's last part in it: its answer is copied before it can be changed. */
  const detach = (call: Call, began: number, outcome: unknown, hasThrown: boolean): void => {
    try {
      const at = clock.monotonic();
      const ms = at - began;
      if (call.served === 'control') deadline.control(ms);
      const seen = copyOf(outcome, hasThrown, settings);
      waitUntil?.(new Promise((resolve) => (call.over = resolve)));
      void call.timers.later().then(() => start(call, { seen, ms, at }));
    } catch {
      tally.ended('uncompared', 'copy');
    }
  };

  const atOnce: ShadowedCall['atOnce'] = (hasThrown) => {
    // What threw may be the check of an argument in a method that else gives a promise.
    if (!hasThrown) switchOff('it answers without a promise');
    tally.ended('dropped', hasThrown ? 'threw' : 'no promise');
  };

  /** Most reads are asked by an id. */
  const argumentOf = (value: unknown): Captured =>
    typeof value === 'number' || typeof value === 'string'
      ? { kind: 'returned', value }
      : capture(value, settings, true);

  return {
    begin(given, served, began) {
      if (off || !repository.draws(began, random() * 10_000)) return undefined;
      tally.sampled();
      const args = given.map(argumentOf);
      const uncopied = args.find((one) => one.kind === 'too large');
      if (uncopied) {
        tally.ended('dropped', `argument: ${uncopied.limit}`);
        return undefined;
      }
      let isOver = false;
      const call: Call = {
        args,
        served,
        // In a Worker a timer is its request's alone.
        timers: waitUntil ? timersOf(clock) : shared,
        over: undefined,
        ended(outcome, hasThrown) {
          // A query that runs whenever it is awaited may end more than once.
          if (!isOver) detach(call, began, outcome, hasThrown);
          isOver = true;
        },
        atOnce,
      };
      return call;
    },
    drain: tally.drain,
    note: () => off && `${repository.name}.${read} is not shadowed: ${off}`,
  };
}

/** @property over what keeps a Worker alive for it ends with this */
type Call = DrawnCall & ShadowedCall & { over: (() => void) | undefined };
