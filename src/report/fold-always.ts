import type { Clock } from '../kernel/index.ts';
import { TelemetryFolder } from './folder.ts';

/** Processes begin at different moments, so the first one behind a minute folds it, and the others see that it was. */
const EVERY_MS = 60_000;

type Folded = ConstructorParameters<typeof TelemetryFolder>[0];

export type Folding = {
  /** Over when the first round is: what was not folded before is kept until then. */
  readonly begun: Promise<void>;
  /** Ends it behind the minute that is being folded. @param what `all` folds all that is left, with the minute that is on */
  stop(what?: 'all'): Promise<void>;
};

/**
 * Folds telemetry once a minute, of whatever streams there are then. A store that cannot be used now is tried again with the
 * next minute: telemetry is kept for an hour at least.
 */
export function foldAlways(store: Folded, clock: Clock, streams: () => Promise<readonly string[]>): Folding {
  const folders = new Map<string, TelemetryFolder>();
  const stopped = new AbortController();
  let on: Promise<void> | null = null;
  const round = async (what: 'minutes' | 'all', signal?: AbortSignal): Promise<void> => {
    for (const stream of await streams().catch(() => [])) {
      const folder = folders.get(stream) ?? new TelemetryFolder(store, clock, stream);
      folders.set(stream, folder);
      await folder.fold(what, signal).catch(() => {});
    }
  };
  const turn = (): Promise<void> => {
    on ??= round('minutes', stopped.signal).finally(() => (on = null));
    return on;
  };
  const begun = turn();
  const stopTimer = clock.every(EVERY_MS, () => void turn());
  return {
    begun,
    async stop(what) {
      stopTimer();
      stopped.abort();
      await on;
      if (what === 'all') await round('all');
    },
  };
}
