import type { Clock } from '../kernel/index.ts';
import type { Store, StoredEvent } from '../store/index.ts';
import type { Option } from './command.ts';
import { isOn, type Given } from './given.ts';

/** For commands that append to the log. */
export const DRY_RUN: Option = {
  flags: '--dry-run',
  summary: 'say what would be logged, by the same checks, and write nothing',
};

export function isDryRun(given: Given): boolean {
  return isOn(given, 'dryRun');
}

/**
 * A store that is read and never written: what is appended is kept in memory, and read back as if it were there. So the
 * same code runs that would run, up to its first effect outside the log.
 */
export function dryStore(store: Store, clock: Clock): Store {
  const kept: StoredEvent[] = [];
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  const read: Store['read'] = async (stream, after = 0, limit = -1) => {
    const stored = await store.read(stream, after, limit);
    return [...stored, ...kept.filter((event) => event.stream === stream && event.seq > after)];
  };
  return {
    ...bound(store),
    read,
    head: async (stream) => (await read(stream)).at(-1),
    async append(stream, expectedSeq, drafts) {
      const last = (await read(stream, expectedSeq - 1)).at(-1);
      let prev = last?.hash ?? '';
      const added = drafts.map((draft, index): StoredEvent => {
        const seq = expectedSeq + index + 1;
        const event = { ...draft, stream, seq, at: clock.now(), prev, hash: `dry-run-${seq}` };
        prev = event.hash;
        return event;
      });
      kept.push(...added);
      return added;
    },
    report: nothing,
    reportAll: nothing,
    removeInstance: nothing,
    pruneTelemetry: () => Promise.resolve(0),
    changeHistory: () => Promise.resolve(false),
  };
}

/** The methods of a store as values, so that some of them can be replaced. */
function bound(store: Store): Store {
  return {
    append: (...args) => store.append(...args),
    read: (...args) => store.read(...args),
    streams: () => store.streams(),
    head: (...args) => store.head(...args),
    routing: (...args) => store.routing(...args),
    watch: (...args) => store.watch(...args),
    report: (...args) => store.report(...args),
    reportAll: (...args) => store.reportAll(...args),
    instances: (...args) => store.instances(...args),
    removeInstance: (...args) => store.removeInstance(...args),
    telemetry: (...args) => store.telemetry(...args),
    telemetryHead: (...args) => store.telemetryHead(...args),
    now: () => store.now(),
    pruneTelemetry: (...args) => store.pruneTelemetry(...args),
    historyMark: (...args) => store.historyMark(...args),
    history: (...args) => store.history(...args),
    historySize: (...args) => store.historySize(...args),
    changeHistory: (...args) => store.changeHistory(...args),
    lease: (...args) => store.lease(...args),
    takeLease: (...args) => store.takeLease(...args),
    renewLease: (...args) => store.renewLease(...args),
    releaseLease: (...args) => store.releaseLease(...args),
    close: () => store.close(),
  };
}
