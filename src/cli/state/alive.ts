import { type Clock, CutoverError } from '../../kernel/index.ts';
import {
  type Beat,
  openStore,
  placeText,
  readBeats,
  type Store,
  type StorePlace,
} from '../../store/index.ts';

/** An instance reports every second, a controller renews more often than every two. Milliseconds. */
const WATCH_MS = 2_000;
const LOOK_MS = 100;

/**
 * Watches a state for a moment.
 *
 * @throws CutoverError `RUN_ACTIVE` as soon as anyone reports to it or takes a lease
 */
export async function refuseAlive(place: StorePlace, clock: Clock, signal: AbortSignal): Promise<void> {
  // A damaged file is still asked: no store opens it.
  if (place.kind === 'sqlite') return refuseMoving(place, () => readBeats(place.file), clock, signal);
  const store = await openStore(place, { clock, readOnly: true });
  try {
    await refuseMoving(place, () => beatsIn(store), clock, signal);
  } finally {
    await store.close();
  }
}

async function beatsIn(store: Store): Promise<readonly Beat[]> {
  const beats: Beat[] = [];
  for (const stream of await store.streams()) {
    for (const { instance, beat } of await store.instances(stream))
      beats.push({ kind: 'instance', name: instance, stream, beat: String(beat) });
    const lease = await store.lease(stream);
    if (lease !== undefined && !lease.released)
      beats.push({ kind: 'controller', name: lease.holder, stream, beat: `${lease.fence}.${lease.beat}` });
  }
  return beats;
}

async function refuseMoving(
  place: StorePlace,
  read: () => readonly Beat[] | Promise<readonly Beat[]>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const before = new Map((await read()).map((one) => [keyOf(one), one.beat]));
  const until = clock.monotonic() + WATCH_MS;
  const moved = new Map<string, Beat>();
  while (clock.monotonic() < until) {
    await clock.sleep(LOOK_MS, signal);
    for (const one of await read()) if (before.get(keyOf(one)) !== one.beat) moved.set(keyOf(one), one);
  }
  if (moved.size === 0) return;
  const inOrder = [...moved].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const alive = inOrder.map(([, { kind, name, stream }]) => ({ kind, name, stream }));
  const names = alive.map(({ kind, name, stream }) => `${kind} ${name} (${stream})`);
  throw new CutoverError(
    'RUN_ACTIVE',
    `${placeText(place)} is in use by ${names.join(', ')}; nothing was changed`,
    {
      hint: 'stop each of them, then repeat the command',
      details: { alive },
    },
  );
}

function keyOf({ kind, name, stream }: Beat): string {
  return `${kind} ${stream} ${name}`;
}
