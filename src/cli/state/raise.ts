import { operate } from '../../engine/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { openSqliteStore, type Store } from '../../store/index.ts';
import type { StreamState } from './verify.ts';

/** A stream whose epoch has to grow, since instances have seen more: they ignore what is not above that. */
export type Raise = { readonly stream: string; readonly from: number; readonly to: number };

/** @param isOther whether the logs differ: an epoch that both have is then not the same one */
export function raiseOf(
  { stream, epoch, state }: StreamState,
  backup: StreamState | undefined,
  isOther: boolean,
): Raise | null {
  const seen = Math.max(epoch ?? 0, state.routing?.epoch ?? 0);
  const from = backup?.epoch ?? 0;
  if (seen === 0 || from > seen || (from === seen && !isOther)) return null;
  return { stream, from, to: seen + 1 };
}

/** Raises epochs in a file that nobody uses. */
export async function raiseEpochs(
  file: string,
  clock: Clock,
  raises: readonly Raise[],
  backup: readonly StreamState[],
): Promise<void> {
  if (raises.length === 0) return;
  const store = await openSqliteStore({ file, clock });
  try {
    for (const raise of raises) {
      const state = backup.find(({ stream }) => stream === raise.stream);
      if (state !== undefined) await raiseEpoch(store, clock, raise, state);
    }
  } finally {
    await store.close();
  }
}

/**
 * Registering a migration once more as it is registered changes the epoch, by one, and nothing else: flags, salt and
 * fail side stay, names and lists are the same. The first goes through the engine, which also says what the routing
 * state is then; the others repeat it in one append.
 */
async function raiseEpoch(
  store: Store,
  clock: Clock,
  { stream, to }: Raise,
  { state: before }: StreamState,
): Promise<void> {
  const { registration } = before;
  if (registration === null) return;
  const { state, stored } = await operate(store, clock, stream, { kind: 'register', registration });
  const [first] = stored;
  if (first === undefined || state.routing === null || state.routing.epoch >= to) return;
  const { kind, v, body } = first;
  const more = Array.from({ length: to - state.routing.epoch }, () => ({ kind, v, body }));
  const routing = await store.routing(stream);
  await store.append(stream, state.seq, more, {
    routing: { epoch: to, body: { ...Object(routing?.body), epoch: to } },
  });
}
