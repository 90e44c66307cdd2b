import { z } from 'zod';
import { fromStored } from '../../engine/index.ts';
import { eventLine } from '../../report/index.ts';
import type { StoredEvent } from '../../store/index.ts';

/** An event of a log, with the line that people read. */
export const event = z
  .object({
    seq: z.number().int(),
    at: z.number().meta({ description: 'wall clock of the writer, milliseconds' }),
    kind: z.string(),
    v: z.number().int(),
    body: z.json(),
    prev: z.string(),
    hash: z.string(),
    text: z.string().nullable().meta({ description: 'null for what only programs need' }),
  })
  .meta({ id: 'Event' });

export type ShownEvent = z.infer<typeof event>;

export function shownEvent(stored: StoredEvent): ShownEvent {
  const { seq, at, kind, v, body, prev, hash } = stored;
  // Stored JSON is JSON; its type is the readonly one.
  return {
    seq,
    at,
    kind,
    v,
    body: body as ShownEvent['body'],
    prev,
    hash,
    text: eventLine(fromStored(stored)),
  };
}
