import type { Store } from '../../store/index.ts';
import { readEvents } from '../event-text.ts';
import type { Problem, StreamState } from './verify.ts';

export type Head = { readonly stream: string; readonly seq: number; readonly hash: string };

/** Where every stream ends now. */
export async function headsOf(store: Store): Promise<readonly Head[]> {
  const heads: Head[] = [];
  for (const stream of await store.streams()) {
    let head: Head | undefined;
    for await (const { seq, hash } of readEvents(store, stream)) head = { stream, seq, hash };
    if (head !== undefined) heads.push(head);
  }
  return heads;
}

/**
 * What keeps a copy from being a moment of the live log: it has everything that was there before it was made, and
 * ends with an event that the live log has at that place. The chain vouches for all events before.
 */
export async function prefixProblems(
  live: Store,
  before: readonly Head[],
  copy: readonly StreamState[],
): Promise<readonly Problem[]> {
  const problems = before
    .filter(
      ({ stream, seq, hash }) => copy.find((one) => one.stream === stream)?.events[seq - 1]?.hash !== hash,
    )
    .map(({ stream, seq }) => broken(`the copy of ${stream} lacks event ${seq}, which was there before`));
  for (const { stream, events, head } of copy) {
    const [event] = await live.read(stream, events.length - 1, 1);
    if (event?.hash !== head)
      problems.push(broken(`the copy of ${stream} ends with an event ${events.length} that the log has not`));
  }
  return problems;
}

function broken(what: string): Problem {
  return { code: 'LOG_BROKEN', what };
}
