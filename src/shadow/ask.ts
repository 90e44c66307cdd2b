import {
  capture,
  captureThrown,
  plain,
  refusedWrite,
  type Captured,
  type CaptureLimits,
} from '../compare/index.ts';
import type { Side } from '../route/index.ts';
import type { Deadline } from './deadline.ts';
import { tell, type Timers, type Waiting } from './timers.ts';
import type { Watched } from './watched.ts';

/** One side's answer, how long it took, and when it came, monotonic milliseconds. */
export type Answer = { readonly seen: Captured; readonly ms: number; readonly at: number };

/**
 * Asks one side in the shadow, for which a place of the budget was taken. The place is held until it settles and not
 * until it is given up: what hangs has a connection all that time.
 *
 * @param began monotonic milliseconds
 * @param told is called once, without an answer when that takes too long
 */
export type Ask = (
  side: Side,
  args: readonly Captured[],
  timers: Timers<Answer>,
  began: number,
  told: (answer?: Answer) => void,
) => void;

type Method = (...args: readonly unknown[]) => unknown;

export function askerOf({ read, repository, settings, clock, switchOff }: Watched, deadline: Deadline): Ask {
  /** Of one call: what is made for each is paid by each. */
  const settle = (asked: Asked, outcome: unknown, hasThrown: boolean): void => {
    const write = hasThrown ? refusedWrite(outcome) : undefined;
    if (write) switchOff(`it writes: ${write}`);
    const seen = copyOf(outcome, hasThrown, settings);
    const at = clock.monotonic();
    const ms = at - asked.began;
    settings.budget.give();
    if (asked.side === 'control') deadline.control(ms);
    else repository.guard?.shadowEnded();
    tell(asked, { seen, ms, at });
  };
  return (side, args, timers, began, told) => {
    const asked: Asked = { side, began, at: began + deadline.ms, told };
    timers.add(asked);
    if (side === 'candidate') repository.guard?.began();
    try {
      const implementation = repository[side];
      const method = Reflect.get(implementation, read) as Method;
      // What runs only when it is awaited is awaited in there; whoever is told goes on outside.
      const answer = repository.run(side, () =>
        Promise.resolve(Reflect.apply(method, implementation, args.map(again))),
      );
      answer.then(
        (value) => settle(asked, value, false),
        (error) => settle(asked, error, true),
      );
    } catch (error) {
      settle(asked, error, true);
    }
  };
}

type Asked = Waiting<Answer> & { readonly side: Side; readonly began: number };

/** A copy of what a side gave. */
export function copyOf(outcome: unknown, hasThrown: boolean, limits: CaptureLimits): Captured {
  return hasThrown ? captureThrown(outcome) : capture(outcome, limits);
}

function again({ value }: Captured): unknown {
  return plain(value);
}
