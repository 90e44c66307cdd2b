import { batch } from '@preact/signals';
import type { StatusDocument } from '../../src/report/index.ts';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import type { MeDocument } from '../../src/server/routes/access.ts';
import type { StreamEvent } from '../../src/wire/index.ts';
import { ahead, events, hasGap, heardAt, isOutdated, replacements, status, troubleSince } from './live.ts';
import { now } from './now.ts';
import { me } from './session.ts';

/** What pages show without asking again; older events are read from the log. */
const MOST_EVENTS = 200;

/** What a stream brought, wherever it was read. */
export function receive(heard: readonly StreamEvent[]): void {
  batch(() => {
    heardAt.value = Date.now();
    now.value = Date.now();
    for (const event of heard) take(event);
  });
}

function take({ event, data }: StreamEvent): void {
  switch (event) {
    case 'me':
      isOutdated.value ||= me.value != null && (JSON.parse(data) as MeDocument).version !== me.value.version;
      return;
    case 'status':
      // What the server sends is what its own types say; another version is told by `me`.
      status.value = JSON.parse(data) as StatusDocument;
      ahead.value = status.value.at - Date.now();
      troubleSince.value = null;
      return;
    case 'log':
      return takeEvent(JSON.parse(data) as ShownEvent);
    case 'trouble':
      troubleSince.value ??= Date.now();
      return;
    case 'reset':
      hasGap.value = true;
      if ((JSON.parse(data) as { readonly replaced: boolean }).replaced) replacements.value += 1;
      return;
    default:
  }
}

/** Events are in their order, each once; one that does not go on where the last one was is of another log, or others are missing. */
function takeEvent(event: ShownEvent): void {
  const here = events.peek();
  const last = here.at(-1) ?? { seq: 0, hash: event.prev };
  if (hasGap.peek() || here.some(({ hash }) => hash === event.hash)) return;
  hasGap.value = event.seq !== last.seq + 1 || event.prev !== last.hash;
  if (!hasGap.peek()) events.value = [...here, event].slice(-MOST_EVENTS);
}
