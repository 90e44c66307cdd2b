import { capture, captureThrown, refusedWrite, type Captured } from '../compare/index.ts';
import type { ShadowedRepository, ShadowHost } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import type { Deadline } from './deadline.ts';
import { isolate } from './isolate.ts';
import type { Settings } from './settings.ts';
import type { Timers } from './timers.ts';

/** One side's answer, and how long it took. */
export type Answer = { readonly seen: Captured; readonly ms: number };

/** What asking one side of one read in the shadow needs. */
export type Asked = {
  readonly read: string;
  readonly repository: ShadowedRepository;
  readonly settings: Settings;
  readonly host: ShadowHost;
  readonly deadline: Deadline;
  /** The read turned out to write. */
  readonly wrote: (what: string) => void;
};

/**
 * Asks one side in the shadow, for which a place of the budget was taken. The place is held until it settles and not
 * until it is given up: what hangs has a connection all that time.
 *
 * @param began monotonic milliseconds
 * @returns `undefined` when it took too long
 */
export function ask(
  { read, repository, settings, host: { clock }, deadline, wrote }: Asked,
  side: Side,
  args: readonly unknown[],
  timers: Timers,
  began: number,
): Promise<Answer | undefined> {
  const guard = side === 'candidate' ? repository.guard : undefined;
  return new Promise((resolve) => {
    const due = { at: began + deadline.ms, late: () => resolve(undefined) };
    const end = (seen: Captured): void => {
      const ms = clock.monotonic() - began;
      timers.forget(due);
      settings.budget.give();
      guard?.shadowEnded();
      if (side === 'control') deadline.control(ms);
      resolve({ seen, ms });
    };
    const threw = (error: unknown): void => {
      const write = refusedWrite(error);
      if (write !== undefined) wrote(write);
      end(captureThrown(error));
    };
    timers.add(due);
    guard?.began();
    try {
      repository.run(side, () => {
        const implementation = repository[side];
        const method = Reflect.get(implementation, read) as (...args: readonly unknown[]) => unknown;
        // Also what runs when it is awaited is awaited in here.
        Promise.resolve(Reflect.apply(method, implementation, isolate(args))).then(
          (value) => end(capture(value, settings.limits)),
          threw,
        );
      });
    } catch (error) {
      threw(error);
    }
  });
}
