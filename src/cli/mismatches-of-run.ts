import type { Clock } from '../kernel/index.ts';
import { loadState } from '../engine/index.ts';
import { type Mismatches, readMismatches } from '../report/index.ts';
import type { Store } from '../store/index.ts';

/** What the shadow saw since the newest run began; before the first one, all that is known. */
export async function mismatchesOfRun(store: Store, clock: Clock, stream: string): Promise<Mismatches> {
  const { run } = await loadState(store, stream);
  return readMismatches(store, clock, stream, run?.startedAt ?? 0);
}
