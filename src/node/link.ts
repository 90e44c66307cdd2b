import { requestFlag } from '../engine/index.ts';
import { systemClock } from '../kernel/index.ts';
import type { FlagChange } from '../repository/index.ts';
import type { FlagState } from '../route/index.ts';
import type { Store } from '../store/index.ts';

/**
 * What an instance needs of the place where the state is: the store itself, or a server before it. Every method
 * rejects with a `CutoverError` whose code starts with `STORE_` while that place cannot be reached.
 */
export type InstanceLink = Pick<
  Store,
  'report' | 'removeInstance' | 'routing' | 'watch' | 'pruneTelemetry' | 'close'
> & {
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
    setFlag: (change) => requestFlag(store, systemClock, stream, change),
  };
}
