import { CutoverError } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';

/**
 * What a reader sees before the state file exists: no events, no instances. Reading must not create the file, and
 * "nothing was started" is an answer, not an error.
 */
export function emptyStore(place: string): Store {
  const refuse = (): Promise<never> =>
    Promise.reject(new CutoverError('STORE_UNAVAILABLE', `there is no state ${place}`));
  return {
    append: refuse,
    read: () => Promise.resolve([]),
    streams: () => Promise.resolve([]),
    head: () => Promise.resolve(undefined),
    routing: () => Promise.resolve(undefined),
    watch: () => () => {},
    report: refuse,
    reportAll: refuse,
    instances: () => Promise.resolve([]),
    removeInstance: refuse,
    telemetry: () => Promise.resolve([]),
    telemetryHead: () => Promise.resolve(0),
    now: () => Promise.resolve(0),
    pruneTelemetry: refuse,
    historyMark: () => Promise.resolve(undefined),
    history: () => Promise.resolve([]),
    historySize: () => Promise.resolve({ records: 0, bytes: 0, since: null }),
    changeHistory: refuse,
    lease: () => Promise.resolve(undefined),
    takeLease: refuse,
    renewLease: refuse,
    releaseLease: refuse,
    close: () => Promise.resolve(),
  };
}
