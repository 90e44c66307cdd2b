import { z } from 'zod';
import type { StatusDocument } from '../../report/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import { isInScope } from '../access/role.ts';
import { shownEvent } from '../answers/event.ts';
import type { Subject } from '../catalogue.ts';
import type { Sink } from '../event-stream.ts';
import { CutoverError, deadline, type Clock } from '../../kernel/index.ts';
import { general, type Asked, type Route } from '../route.ts';

/** A status is sent when it changed, and not more often than this. Milliseconds. */
const STATUS_MS = 1_000;
/** Who was away for longer reads the log by pages. Events. */
const MOST_RESUMED = 5_000;
const PAGE = 200;
/** A reader is told that nothing newer is known when a status takes longer. Milliseconds. */
const LATE_MS = 4_000;
/** Between two looks at whether a reader that resumes has room for the next page. Milliseconds. */
const ROOM_MS = 20;

const stream = general({
  name: 'stream',
  path: '/stream',
  permission: 'read',
  summary:
    'What happens in a migration: `log` with the sequence as its id, `status` when it changed, `trouble` while the store cannot be read, `beat` every five seconds, `reset` when the log does not go on where the reader was. `Last-Event-ID` resumes.',
  query: z.strictObject({
    migration: z.string().max(64),
    environment: z.string().max(64),
    after: z.coerce.number().int().min(0).optional().meta({
      description: 'as Last-Event-ID, for a reader that cannot send one',
    }),
  }),
  answer: null,
  async handle(asked) {
    const { world, who, query, headers, isOpen } = asked;
    const subject = await world.catalogue.find(query.migration, query.environment);
    if (who === null || !isInScope(who, query.migration, query.environment))
      throw new CutoverError('FORBIDDEN', `${subject.stream} is not within the scopes of this token`);
    const given = Number(headers.get('last-event-id') ?? query.after ?? Number.NaN);
    const after = Number.isInteger(given) && given >= 0 ? given : null;
    return world.streams.open((sink) => follow(asked, subject, sink, after), isOpen);
  },
});

async function follow(
  { world }: Pick<Asked, 'world'>,
  subject: Subject,
  sink: Sink,
  after: number | null,
): Promise<void> {
  const { hub, store, clock } = world;
  let sent: number | null = null;
  const held: StoredEvent[] = [];
  const send = (events: readonly StoredEvent[]): void => {
    for (const event of events) {
      if (sent === null || event.seq <= sent) continue;
      sent = event.seq;
      sink.send({ id: String(event.seq), event: 'log', data: JSON.stringify(shownEvent(event)) });
    }
  };
  const reset = (seq: number): void =>
    sink.send({ id: String(seq), event: 'reset', data: JSON.stringify({ seq }) });
  const following = await hub.follow(subject.stream, {
    // What comes while the past is still being sent waits its turn.
    events: (events) => (sent === null ? held.push(...events) : send(events)),
    replaced: () => {
      sent = 0;
      reset(0);
    },
  });
  sink.signal.addEventListener('abort', following.stop);
  if (sink.signal.aborted) return following.stop();
  const { seq } = following;
  const canResume = after !== null && after <= seq && seq - after <= MOST_RESUMED;
  if (after !== null && !canResume) reset(seq);
  for (let at = canResume ? after : seq; at < seq && !sink.signal.aborted;) {
    const page = await store.read(subject.stream, at, Math.min(PAGE, seq - at));
    for (const event of page)
      sink.send({ id: String(event.seq), event: 'log', data: JSON.stringify(shownEvent(event)) });
    at = page.at(-1)?.seq ?? seq;
    while (!sink.hasRoom && !sink.signal.aborted) await clock.sleep(ROOM_MS);
  }
  sent ??= seq;
  send(held.splice(0));
  await sendStatuses({ world }, subject, sink);
}

async function sendStatuses({ world }: Pick<Asked, 'world'>, subject: Subject, sink: Sink): Promise<void> {
  let last = '';
  while (!sink.signal.aborted) {
    const status = await soon(world.clock, world.catalogue.status(subject));
    // After trouble the same status is sent again: whoever reads it knows that it is of now.
    const text = status === null ? 'trouble' : withoutTime(status);
    if (text !== last) {
      if (status === null) sink.send({ id: null, event: 'trouble', data: '{}' });
      else sink.send({ id: null, event: 'status', data: JSON.stringify(status) });
    }
    last = text;
    await world.clock.sleep(STATUS_MS, sink.signal).catch(() => {});
  }
}

/** `null` for what failed, and for what takes so long that a store which hangs is the likelier reason. */
async function soon<T>(clock: Clock, work: Promise<T>): Promise<T | null> {
  const late = deadline(clock, LATE_MS);
  const over = new Promise<null>((resolve) => late.signal.addEventListener('abort', () => resolve(null)));
  try {
    return await Promise.race([work.catch(() => null), over]);
  } finally {
    late.end();
  }
}

function withoutTime(status: StatusDocument): string {
  return JSON.stringify({ ...status, at: 0 });
}

export const STREAM: readonly Route[] = [stream];
