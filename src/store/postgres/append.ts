import { CutoverError, type Clock } from '../../kernel/index.ts';
import { GENESIS_HASH, hashEvent } from '../chain.ts';
import type { AppendMore, EventDraft, StoredEvent } from '../contract.ts';
import type { Connections } from './connections.ts';
import { literal, sql } from './literal.ts';

/** Notified with the stream's name by every append. */
export const CHANNEL = 'cutover';

type Row = Readonly<Record<string, unknown>>;

/** What decides about an append. */
type Seen = {
  readonly seq: number;
  readonly hash: string;
  readonly epoch: number | null;
  readonly lease: { readonly holder: string; readonly fence: number; readonly released: boolean } | null;
};

/**
 * Looks where the stream ends, chains the events to it, and sends them in one message that writes them only where all is
 * still as it was seen: sequence, hash, fencing token and epoch, behind locks on the stream's head and lease.
 */
export async function appendEvents(
  database: Connections,
  clock: Clock,
  stream: string,
  expectedSeq: number,
  drafts: readonly EventDraft[],
  more: AppendMore,
): Promise<readonly StoredEvent[]> {
  const before = toSeen((await database.read(lookAt(stream)))[0]);
  refuse(stream, expectedSeq, before, more);
  const events = chained(stream, clock.now(), before, drafts);
  const [row] = await database.write(...statements(stream, before, events, more));
  if (row?.['written'] !== true) refuseAfter(stream, expectedSeq, toSeen(row), more);
  return events;
}

function chained(
  stream: string,
  at: number,
  { seq, hash }: Seen,
  drafts: readonly EventDraft[],
): readonly StoredEvent[] {
  let prev = hash;
  return drafts.map(({ kind, v, body }, index) => {
    const event = { stream, seq: seq + index + 1, at, kind, v, body, prev };
    prev = hashEvent(event);
    return { ...event, hash: prev };
  });
}

/** One row, also for a stream that has none of all this yet. */
function lookAt(stream: string): string {
  return sql`
    select coalesce(h.seq, 0) as seq, coalesce(h.hash, ${GENESIS_HASH}) as hash, r.epoch, l.holder, l.fence, l.released
    from (select ${stream}::text as stream) s
    left join cutover.heads h on h.stream = s.stream
    left join cutover.leases l on l.stream = s.stream
    left join cutover.routing r on r.stream = s.stream`;
}

function statements(
  stream: string,
  before: Seen,
  events: readonly StoredEvent[],
  { fence, routing }: AppendMore,
): readonly string[] {
  const last = events.at(-1) ?? before;
  const mayWrite = [
    sql`seen.seq = ${before.seq} and seen.hash = ${before.hash}`,
    ...(fence === undefined ? [] : [sql`seen.fence = ${fence} and not seen.released`]),
    ...(routing === undefined ? [] : [sql`(seen.epoch is null or seen.epoch < ${routing.epoch})`]),
  ];
  return [
    sql`insert into cutover.heads (stream, seq, hash) values (${stream}, 0, ${GENESIS_HASH}) on conflict do nothing`,
    sql`select from cutover.heads where stream = ${stream} for update`,
    ...(fence === undefined ? [] : [sql`select from cutover.leases where stream = ${stream} for share`]),
    `with seen as (${lookAt(stream)}),
     allowed as (select ${literal(stream)}::text as stream from seen where ${mayWrite.join(' and ')}),
     ${events.length === 0 ? '' : `added as (${insertEvents(events)}),`}
     ${routing === undefined ? '' : `routed as (${upsertRouting(routing.epoch, JSON.stringify(routing.body), last)}),`}
     moved as (${sql`update cutover.heads h set seq = ${last.seq}, hash = ${last.hash} from allowed where h.stream = allowed.stream`})
     select seen.*, exists (select from allowed) as written from seen`,
  ].flatMap((one, index, all) =>
    // The answer is that of the last statement.
    index === all.length - 1 ? [sql`select pg_notify(${CHANNEL}, ${stream})`, one] : [one],
  );
}

function insertEvents(events: readonly StoredEvent[]): string {
  const rows = events.map(
    ({ seq, at, kind, v, body, prev, hash }) =>
      sql`(${seq}, ${at}, ${kind}, ${v}, ${JSON.stringify(body)}, ${prev}, ${hash})`,
  );
  return `insert into cutover.events (stream, seq, at, kind, v, body, prev, hash)
    select allowed.stream, e.* from allowed, (values ${rows.join(', ')}) as e (seq, at, kind, v, body, prev, hash)`;
}

function upsertRouting(
  epoch: number,
  body: string,
  last: { readonly seq: number; readonly hash: string },
): string {
  return sql`insert into cutover.routing (stream, epoch, body, seq, hash)
    select allowed.stream, ${epoch}, ${body}, ${last.seq}, ${last.hash} from allowed
    on conflict (stream) do update set epoch = excluded.epoch, body = excluded.body, seq = excluded.seq, hash = excluded.hash`;
}

function toSeen(row: Row | undefined): Seen {
  const { seq, hash, epoch, holder, fence, released } = row ?? {};
  return {
    seq: Number(seq ?? 0),
    hash: typeof hash === 'string' ? hash : GENESIS_HASH,
    epoch: epoch == null ? null : Number(epoch),
    lease: typeof holder === 'string' ? { holder, fence: Number(fence), released: released === true } : null,
  };
}

/** @throws CutoverError `LEASE_LOST`, `SEQUENCE_CONFLICT` */
function refuse(stream: string, expectedSeq: number, seen: Seen, { fence, routing }: AppendMore): void {
  if (fence !== undefined && (seen.lease?.fence !== fence || seen.lease.released))
    throw leaseLost(stream, seen.lease, fence);
  if (seen.seq !== expectedSeq)
    throw conflict(stream, `sequence is ${seen.seq}, not ${expectedSeq}`, seen.seq);
  if (routing !== undefined && seen.epoch !== null && seen.epoch >= routing.epoch)
    throw conflict(stream, `routing epoch ${routing.epoch} is not above the stored one`, seen.seq);
}

/** Something came between the look and the message. */
function refuseAfter(stream: string, expectedSeq: number, seen: Seen, more: AppendMore): never {
  refuse(stream, expectedSeq, seen, more);
  throw conflict(stream, `sequence ${seen.seq} is another event than before`, seen.seq);
}

function conflict(stream: string, what: string, seq: number): CutoverError {
  return new CutoverError('SEQUENCE_CONFLICT', `${stream}: ${what}; somebody else wrote first`, {
    hint: 'read again and decide again',
    details: { seq },
  });
}

export function leaseLost(
  stream: string,
  now: { readonly holder: string; readonly fence: number } | null,
  fence: number,
): CutoverError {
  return new CutoverError(
    'LEASE_LOST',
    `the lease of ${stream} has fencing token ${now?.fence ?? 'none'}, this one is ${fence}`,
    { hint: `${now?.holder ?? 'nobody'} acts now; this process must not` },
  );
}
