import type { Store } from '../store/index.ts';

/** Streams that are a migration in an environment. A store has others, too: who may do what has one of its own. */
export async function migrationStreams(store: Store): Promise<readonly string[]> {
  return (await store.streams()).filter((stream) => stream.includes('/'));
}
