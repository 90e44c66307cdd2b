import type { InstanceReport } from '../contract.ts';
import { literal, sql } from './literal.ts';

/** Milliseconds, by the database's clock. */
export const NOW_MS = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/**
 * What stores reports and answers with the mark of the routing state, in one message.
 *
 * Nobody waits for the disk here: what a crash of the server takes is reported again a second later. Batches of a stream
 * are numbered behind a lock that is held until they can be seen, or a reader would pass by one that is committed late.
 */
export function reportStatements(stream: string, reports: readonly InstanceReport[]): readonly string[] {
  return [
    'set local synchronous_commit = off',
    ...(reports.length === 0 ? [] : [upsert(stream, reports)]),
    ...count(stream, reports),
    sql`select epoch, seq, hash from cutover.routing where stream = ${stream}`,
  ];
}

/** In the order of names: of two messages that report for the same instances one waits for the other, and neither for ever. */
function upsert(stream: string, reports: readonly InstanceReport[]): string {
  const rows = reports
    .toSorted((one, other) => (one.instance < other.instance ? -1 : 1))
    .map(({ instance, body }) => sql`(${instance}, ${JSON.stringify(body)})`);
  return `insert into cutover.instances as known (stream, instance, beat, first_seen_at, body)
    select ${literal(stream)}, r.instance, 1, ${NOW_MS}, r.body from (values ${rows.join(', ')}) as r (instance, body)
    on conflict (stream, instance) do update set beat = known.beat + 1, body = excluded.body`;
}

function count(stream: string, reports: readonly InstanceReport[]): readonly string[] {
  const rows = reports.flatMap(({ instance, telemetry }) =>
    telemetry === undefined ? [] : [sql`(${instance}, ${JSON.stringify(telemetry)})`],
  );
  if (rows.length === 0) return [];
  return [
    sql`select pg_advisory_xact_lock(731190221, hashtext(${stream}))`,
    `insert into cutover.telemetry (stream, instance, at, body)
     select ${literal(stream)}, r.instance, ${NOW_MS}, r.body from (values ${rows.join(', ')}) as r (instance, body)`,
  ];
}
