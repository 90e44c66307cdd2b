import { requestFlag } from '../engine/index.ts';
import { systemClock } from '../kernel/index.ts';
import type { FlagChange } from '../repository/index.ts';
import type { FlagState } from '../route/index.ts';
import type { EventMark, Store } from '../store/index.ts';

/**
 * What an instance needs of the place where the state is: the store itself, or a server before it. Every method
 * rejects with a `CutoverError` whose code starts with `STORE_` while that place cannot be reached.
 */
export type InstanceLink = Pick<
  Store,
  'report' | 'removeInstance' | 'routing' | 'watch' | 'pruneTelemetry' | 'close'
> & {
  /** Whether the log has this event. */
  has(mark: EventMark): Promise<boolean>;
  setFlag(change: FlagChange): Promise<FlagState>;
};

/** The store itself. */
export function storeLink(store: Store, stream: string): InstanceLink {
  return {
    report: (...args) => store.report(...args),
    removeInstance: (...args) => store.removeInstance(...args),
    routing: (...args) => store.routing(...args),
    watch: (listener) => store.watch(listener),
    pruneTelemetry: (ageMs) => store.pruneTelemetry(ageMs),
    close: () => store.close(),
    async has(mark) {
      const [event] = await store.read(stream, mark.seq - 1, 1);
      return event?.hash === mark.hash;
    },
    setFlag: (change) => requestFlag(store, systemClock, stream, change),
  };
}
