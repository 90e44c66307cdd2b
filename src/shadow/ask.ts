import { capture, captureThrown, plain, refusedWrite, type Captured } from '../compare/index.ts';
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

export function askerOf(
  { read, repository, settings: { budget, limits }, clock, switchOff }: Watched,
  deadline: Deadline,
): Ask {
  return (side, args, timers, began, told) => {
    const guard = side === 'candidate' ? repository.guard : undefined;
    const waiting: Waiting<Answer> = { at: began + deadline.ms, told };
    const end = (seen: Captured): void => {
      const at = clock.monotonic();
      const ms = at - began;
      budget.give();
      guard?.shadowEnded();
      if (side === 'control') deadline.control(ms);
      tell(waiting, { seen, ms, at });
    };
    const threw = (error: unknown): void => {
      const write = refusedWrite(error);
      if (write) switchOff(`it writes: ${write}`);
      end(captureThrown(error));
    };
    timers.add(waiting);
    guard?.began();
    try {
      const implementation = repository[side];
      const method = Reflect.get(implementation, read) as Method;
      // What runs only when it is awaited is awaited in there; whoever is told goes on outside.
      const answer = repository.run(side, () =>
        Promise.resolve(
          Reflect.apply(
            method,
            implementation,
            args.map(({ value }) => plain(value)),
          ),
        ),
      );
      answer.then((value) => end(capture(value, limits)), threw);
    } catch (error) {
      threw(error);
    }
  };
}
