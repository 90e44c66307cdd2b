import { z } from 'zod';
import { fromStored } from '../../engine/index.ts';
import { eventAbout, eventLine } from '../../report/index.ts';
import type { StoredEvent } from '../../store/index.ts';

export const change = z
  .object({ path: z.string(), from: z.string().nullable(), to: z.string().nullable() })
  .meta({ id: 'Change', description: 'one value, in words; null is: not there' });

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
    actor: z.string().nullable().meta({ description: 'as claimed or proven; "cutover" is the controller' }),
    reason: z.string().nullable(),
    repositories: z.array(z.string()).meta({ description: '"*" is all of them' }),
    changes: z.array(change).meta({ description: 'from what to what, where the event has both' }),
  })
  .meta({ id: 'Event' });

export type ShownEvent = z.infer<typeof event>;

export function shownEvent(stored: StoredEvent): ShownEvent {
  const { seq, at, kind, v, body, prev, hash } = stored;
  const read = fromStored(stored);
  const { repositories, changes, ...about } = eventAbout(read);
  return {
    seq,
    at,
    kind,
    v,
    // Stored JSON is JSON; its type is the readonly one.
    body: body as ShownEvent['body'],
    prev,
    hash,
    text: eventLine(read),
    ...about,
    repositories: [...repositories],
    changes: [...changes],
  };
}
