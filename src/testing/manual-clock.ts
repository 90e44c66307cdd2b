import type { Clock } from '../kernel/index.ts';

/**
 * A clock that goes when it is told to, for whatever takes a `Clock`.
 *
 * @example
 * const late = (clock: ManualClock): void => clock.advance(60_000);
 */
export interface ManualClock extends Clock {
  /** Lets time pass: everything that is due until then happens now, in the order of its time. Milliseconds. */
  advance(ms: number): void;
}

type Due = { at: number; readonly everyMs: number | undefined; readonly fire: () => void };

/**
 * A clock for tests: it stands until `advance` is called. What a sleep wakes up runs after `advance` has returned, as every
 * promise does; a sleep that begins there counts from the time at which the clock then stands.
 *
 * @param startMs what `now()` says at first, milliseconds since 1970; `monotonic()` begins at 0
 * @throws RangeError from `advance`, for a time that goes back
 * @example
 * const clock = manualClock();
 * const source = testSource({ clock });
 * clock.advance(5_000);
 */
export function manualClock(startMs = 0): ManualClock {
  const waiting = new Set<Due>();
  let elapsed = 0;
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const due: Due = { at: elapsed + ms, everyMs: undefined, fire: resolve };
        waiting.add(due);
        signal?.addEventListener('abort', () => waiting.delete(due) && reject(signal.reason as Error), {
          once: true,
        });
      }),
    every(ms, tick) {
      // A timer's shortest period: none at all would be due for ever.
      const everyMs = Math.max(ms, 1);
      const due: Due = { at: elapsed + everyMs, everyMs, fire: tick };
      waiting.add(due);
      return () => void waiting.delete(due);
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`a clock cannot advance by ${ms} ms`);
      const until = elapsed + ms;
      for (let due = next(waiting, until); due !== undefined; due = next(waiting, until)) {
        elapsed = Math.max(elapsed, due.at);
        if (due.everyMs === undefined) waiting.delete(due);
        else due.at += due.everyMs;
        due.fire();
      }
      elapsed = until;
    },
  };
}

/** The earliest of those that are due; of two, the one that was asked for first. */
function next(waiting: ReadonlySet<Due>, until: number): Due | undefined {
  return [...waiting]
    .filter(({ at }) => at <= until)
    .reduce<Due | undefined>(
      (first, due) => (first === undefined || due.at < first.at ? due : first),
      undefined,
    );
}
