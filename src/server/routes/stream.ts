import { z } from 'zod';
import type { StatusDocument } from '../../report/index.ts';
import type { EventMark, Store } from '../../store/index.ts';
import { parseMarkText } from '../../wire/index.ts';
import { isInScope } from '../access/role.ts';
import type { Subject } from '../catalogue.ts';
import type { Sink } from '../event-stream.ts';
import { CutoverError, deadline, type Clock } from '../../kernel/index.ts';
import { general, type Asked, type Route } from '../route.ts';
import { Teller } from '../teller.ts';
import type { World } from '../world.ts';
import { meOf } from './access.ts';

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
    'What happens in a migration: first `me`, whom it is for; then `log` with the place in the log as its id, `status` when it changed, `trouble` while the store cannot be read, `beat` every five seconds, `reset` where the log does not go on where the reader was. `Last-Event-ID` resumes.',
  query: z.strictObject({
    migration: z.string().max(64),
    environment: z.string().max(64),
    after: z
      .string()
      .refine((text) => parseMarkText(text) !== null, {
        error: 'is no place in a log: 12, or 12- and the first 16 characters of the hash of that event',
      })
      .optional()
      .meta({ description: 'as Last-Event-ID, for a reader that cannot send one' }),
  }),
  answer: null,
  async handle(asked) {
    const { world, who, query, headers, isOpen } = asked;
    const { migration, environment } = query;
    if (who === null || !isInScope(who, migration, environment))
      throw new CutoverError(
        'FORBIDDEN',
        `${migration}/${environment} is not within the scopes of this token`,
      );
    const subject = await world.catalogue.find(migration, environment);
    const after = parseMarkText(headers.get('last-event-id') ?? query.after ?? '');
    return world.streams.open((sink) => {
      sink.send({ id: null, event: 'me', data: JSON.stringify(meOf(who, world)) });
      return follow(asked, subject, sink, after);
    }, isOpen);
  },
});

async function follow(
  { world }: Pick<Asked, 'world'>,
  subject: Subject,
  sink: Sink,
  after: EventMark | null,
): Promise<void> {
  const teller = new Teller(sink);
  const following = await world.hub.follow(subject.stream, {
    events: (events) => teller.add(events),
    replaced: (end) => teller.replaced(end),
  });
  sink.signal.addEventListener('abort', following.stop);
  if (sink.signal.aborted) return following.stop();
  await tellPast(world, subject, teller, after, following.end);
  await sendStatuses({ world }, subject, sink);
}

/** What a reader missed, or that it has to begin anew. What it is told then is what comes. */
async function tellPast(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  { stream: name }: Subject,
  teller: Teller,
  after: EventMark | null,
  end: EventMark,
): Promise<void> {
  if (after === null) return teller.begin(end.seq);
  const isOther = !(await isThere(store, name, after, end.seq));
  if (isOther || end.seq - after.seq > MOST_RESUMED) return teller.reset(end, isOther);
  for (let at = after.seq; at < end.seq && teller.isInPast;) {
    const page = await store.read(name, at, Math.min(PAGE, end.seq - at));
    teller.tell(page);
    at = page.at(-1)?.seq ?? end.seq;
    while (!teller.hasRoom && teller.isInPast) await clock.sleep(ROOM_MS);
  }
  teller.begin(end.seq);
}

/** Whether a log has the event that a reader saw last. One that is as long may be another. */
async function isThere(
  store: Pick<Store, 'read'>,
  name: string,
  after: EventMark,
  seq: number,
): Promise<boolean> {
  if (after.seq === 0 || after.seq > seq) return after.seq === 0;
  // Somebody who names no hash is believed.
  if (after.hash === '') return true;
  const [event] = await store.read(name, after.seq - 1, 1);
  return event?.hash.startsWith(after.hash) === true;
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
