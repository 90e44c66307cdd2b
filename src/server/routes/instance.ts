import { z } from 'zod';
import { CutoverError, type Json } from '../../kernel/index.ts';
import { parseTelemetryBatch } from '../../measure/index.ts';
import type { EventMark, StoredRouting } from '../../store/index.ts';
import {
  INSTANCE_HEADER,
  MOST_REPORT_BYTES,
  type ReportAnswer,
  type RoutingMessage,
} from '../../wire/index.ts';
import { changing, NO_QUERY, reading, type Call, type Route } from '../route.ts';

const mark = z.object({ seq: z.number().int(), hash: z.string() });
const name = z.string().regex(/^[^\p{C}]{1,200}$/u, {
  error: 'is not a name of an instance: 1..200 characters, none of them invisible',
});

const routingMessage = z
  .object({
    schema: z.literal('cutover.routing/1'),
    epoch: z.number().int(),
    mark: mark.nullable(),
    body: z.json(),
    knows: z.boolean().optional(),
  })
  .meta({ id: 'Routing' });

/** Of a routing state. One that no state had yet is kept with what was said, and counts for no acknowledgement. */
const epoch = z.int().min(0);
const MOST_OPERATIONS = 2_000;

function messageOf(routing: StoredRouting | undefined): RoutingMessage {
  return {
    schema: 'cutover.routing/1',
    epoch: routing?.epoch ?? 0,
    mark: routing?.mark ?? null,
    body: routing?.body ?? null,
    ...(routing?.knows === undefined ? {} : { knows: routing.knows }),
  };
}

/** Written once for all who follow a stream: they are told the same. */
const TEXTS = new WeakMap<StoredRouting, string>();

function streamed(routing: StoredRouting | undefined, behind: EventMark | null): string {
  const known = routing === undefined ? undefined : TEXTS.get(routing);
  if (known !== undefined) return known;
  const { knows: _, ...message } = messageOf(routing);
  const text = JSON.stringify({ ...message, ...(behind === null ? {} : { behind }) });
  if (routing !== undefined) TEXTS.set(routing, text);
  return text;
}

/** Another log may have the same epoch: the event that the state came with tells them apart. */
function tagOf(routing: StoredRouting | undefined): string {
  return `"${routing?.epoch ?? 0}-${routing?.mark?.hash.slice(0, 16) ?? ''}"`;
}

const routing = reading({
  name: 'getRouting',
  path: '/routing',
  permission: 'report',
  summary:
    'The routing state with an ETag: 304 while it has not changed. `seq` and `hash` ask whether the log has that event.',
  query: z.strictObject({
    seq: z.coerce.number().int().min(1).optional(),
    hash: z.string().max(64).optional(),
  }),
  answer: routingMessage,
  async handle({ world: { reads }, subject: { stream }, query: { seq, hash }, headers }) {
    const stored = await reads.routing(stream, seq === undefined ? undefined : { seq, hash: hash ?? '' });
    const etag = tagOf(stored);
    const known = { etag, 'cache-control': 'private, no-cache' };
    if (seq === undefined && headers.get('if-none-match') === etag)
      return new Response(null, { status: 304, headers: known });
    return Response.json(messageOf(stored), { headers: known });
  },
});

const routingStream = reading({
  name: 'streamRouting',
  path: '/routing/stream',
  permission: 'report',
  summary: 'Routing states as they change (`routing`), with a `beat` every five seconds.',
  query: NO_QUERY,
  answer: null,
  async handle({ world: { hub, streams }, subject: { stream }, isOpen }) {
    return streams.open(async (sink) => {
      let sent = -1;
      const send = (stored: StoredRouting | undefined, behind: EventMark | null): void => {
        if ((stored?.epoch ?? 0) === sent) return;
        sent = stored?.epoch ?? 0;
        sink.send({ id: String(sent), event: 'routing', data: streamed(stored, behind) });
      };
      const replaced = (): void => {
        sent = -1;
      };
      const following = await hub.follow(stream, { routing: send, replaced });
      sink.signal.addEventListener('abort', following.stop);
      if (sink.signal.aborted) return following.stop();
      // A newer one may have come while this one was read.
      if (sent < 0) send(following.routing, null);
    }, isOpen);
  },
});

const report = changing({
  name: 'report',
  path: '/report',
  permission: 'report',
  mostBytes: MOST_REPORT_BYTES,
  summary: 'What an instance says about itself, and what it counted since. Answers with what is stored now.',
  body: z.object({
    v: z.literal(1),
    instance: name,
    status: z
      .looseObject({ v: z.literal(1), applied: epoch, acknowledged: epoch })
      .nullable()
      .meta({ description: 'null for a place that cannot acknowledge: nobody waits for it' }),
    telemetry: z
      .looseObject({ v: z.literal(1), operations: z.array(z.unknown()).max(MOST_OPERATIONS) })
      .nullable(),
  }),
  answer: z.object({
    schema: z.literal('cutover.reported/1'),
    epoch: z.number().int(),
    mark: mark.nullable(),
  }),
  async handle({ world, subject, body, headers }) {
    const { store, fleets, reports } = world;
    await refuseUnknown({ world, subject });
    const { instance, status, telemetry } = body;
    refuseOtherName(headers, instance);
    if (telemetry !== null && parseTelemetryBatch(telemetry) === undefined)
      throw new CutoverError('REQUEST_INVALID', 'body.telemetry: is no batch of telemetry', {
        hint: 'a number is missing, negative or none',
      });
    await fleets.admit(subject.stream, instance);
    if (telemetry !== null) fleets.weigh(subject.stream, instance, sizeOf(headers), status === null);
    // It came as JSON.
    const counted = telemetry === null ? {} : { telemetry: telemetry as Json };
    const stored = await reports.add(subject.stream, { instance, body: status as Json, ...counted });
    // A rollback would wait for one that is listed.
    if (status === null) await store.removeInstance(subject.stream, instance);
    const reported: ReportAnswer = {
      schema: 'cutover.reported/1',
      epoch: stored?.epoch ?? 0,
      mark: stored?.mark ?? null,
    };
    return reported;
  },
});

const leave = changing({
  name: 'leave',
  path: '/leave',
  permission: 'report',
  summary: 'An instance ends in good order: nobody waits for it any more.',
  body: z.strictObject({ instance: name }),
  answer: z.object({ schema: z.literal('cutover.left/1') }),
  async handle({ world, subject, body }) {
    await world.store.removeInstance(subject.stream, body.instance);
    return { schema: 'cutover.left/1' };
  },
});

/** What its limits are counted by is what it reports for. */
function refuseOtherName(headers: Headers, instance: string): void {
  const named = headers.get(INSTANCE_HEADER);
  if (named !== null && named !== encodeURIComponent(instance))
    throw new CutoverError(
      'REQUEST_INVALID',
      `body.instance: is ${JSON.stringify(instance)}, and the header ${INSTANCE_HEADER} has ${JSON.stringify(named)}`,
      { hint: 'send the same name in both, percent-encoded in the header' },
    );
}

/** Of a report without a length as much as one may have. */
function sizeOf(headers: Headers): number {
  return Number(headers.get('content-length') ?? MOST_REPORT_BYTES);
}

async function refuseUnknown({ world, subject }: Pick<Call<null, null>, 'world' | 'subject'>): Promise<void> {
  if (await world.catalogue.isRegistered(subject)) return;
  throw new CutoverError('UNKNOWN_MIGRATION', `${subject.stream} was never registered`, {
    hint: 'start its first run, or name its configuration to the server',
  });
}

export const INSTANCE: readonly Route[] = [routing, routingStream, report, leave];
