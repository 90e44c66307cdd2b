import { fromStored } from '../engine/index.ts';
import { eventLine } from '../report/index.ts';
import type { Store, StoredEvent } from '../store/index.ts';
import { clockText } from './render/time.ts';

const LINE_END = /\s*[\r\n]\s*/;
/** What has lines of its own, such as the output of a command, never looks like another event. */
const UNDER_IT = `\n${' '.repeat(12)}`;

/** An event as a line with its time; `null` for what only programs need. */
export function eventText(stored: StoredEvent): string | null {
  const line = eventLine(fromStored(stored));
  return line === null ? null : `${clockText(stored.at)}  ${line.split(LINE_END).join(UNDER_IT)}`;
}

const PAGE = 1_000;

/** Every event of a stream behind `after`, page by page. */
export async function* readEvents(store: Store, stream: string, after = 0): AsyncGenerator<StoredEvent> {
  for (let seq = after; ;) {
    const page = await store.read(stream, seq, PAGE);
    yield* page;
    seq = page.at(-1)?.seq ?? seq;
    if (page.length < PAGE) return;
  }
}

/** The lines of the last events that are worth one, oldest first. */
export async function lastEventTexts(
  store: Store,
  stream: string,
  head: number,
  count: number,
): Promise<readonly string[]> {
  // Looks that were green have no line, so more events are read than lines are wanted.
  const events = await store.read(stream, Math.max(0, head - count * 20));
  return events.flatMap((event) => eventText(event) ?? []).slice(-count);
}
