import type { Store, StoredEvent } from '../store/index.ts';

const PAGE = 500;
/** Events that one request may have read: looks that nobody asked for lie between those that somebody did. */
const MOST_READ = 5_000;

export type LastEvents = {
  /** Oldest first. */
  readonly events: readonly StoredEvent[];
  /** Where to go on backwards; `null` at the beginning of the log. */
  readonly before: number | null;
};

/**
 * The last events before a sequence number that are of interest. Fewer than asked for may come, with where to go on.
 *
 * @param before exclusive; beyond the end is the end
 */
export async function lastEvents(
  store: Store,
  stream: string,
  asked: {
    readonly before: number;
    readonly limit: number;
    readonly isWanted: (event: StoredEvent) => boolean;
    /** Nothing before this one is of interest. */
    readonly isEnough?: (event: StoredEvent) => boolean;
  },
): Promise<LastEvents> {
  const { limit, isWanted, isEnough = () => false } = asked;
  const found: StoredEvent[] = [];
  let before = asked.before;
  for (let read = 0; before > 1 && found.length < limit && read < MOST_READ;) {
    const after = Math.max(0, before - 1 - PAGE);
    const page = await store.read(stream, after, before - 1 - after);
    read += PAGE;
    for (const event of page.toReversed()) {
      if (found.length === limit) break;
      before = event.seq;
      if (isWanted(event)) found.push(event);
      if (isEnough(event)) return { events: found.reverse(), before: null };
    }
    if (found.length < limit) before = after + 1;
  }
  return { events: found.reverse(), before: before > 1 ? before : null };
}
