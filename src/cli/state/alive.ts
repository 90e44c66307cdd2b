import { type Clock, CutoverError } from '../../kernel/index.ts';
import { type Beat, readBeats } from '../../store/index.ts';

/** An instance reports every second, a controller renews more often than every two. Milliseconds. */
const WATCH_MS = 2_000;
const LOOK_MS = 100;

/**
 * Watches a state file for a moment.
 *
 * @throws CutoverError `RUN_ACTIVE` as soon as anyone reports to it or takes a lease
 */
export async function refuseAlive(file: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const before = new Map(readBeats(file).map((one) => [keyOf(one), one.beat]));
  const until = clock.monotonic() + WATCH_MS;
  const moved = new Map<string, Beat>();
  while (clock.monotonic() < until) {
    await clock.sleep(LOOK_MS, signal);
    for (const one of readBeats(file)) if (before.get(keyOf(one)) !== one.beat) moved.set(keyOf(one), one);
  }
  if (moved.size === 0) return;
  const inOrder = [...moved].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const alive = inOrder.map(([, { kind, name, stream }]) => ({ kind, name, stream }));
  const names = alive.map(({ kind, name, stream }) => `${kind} ${name} (${stream})`);
  throw new CutoverError('RUN_ACTIVE', `${file} is in use by ${names.join(', ')}; nothing was changed`, {
    hint: 'stop each of them, then repeat the command',
    details: { alive },
  });
}

function keyOf({ kind, name, stream }: Beat): string {
  return `${kind} ${stream} ${name}`;
}
