/**
 * Version of the file's format. A process reads and writes a file one version older or newer than its own, because
 * instances are upgraded one by one; further apart it refuses. Version n's script is `MIGRATIONS[n - 1]`.
 */
export const FORMAT = 3;

export const MIGRATIONS: readonly string[] = [
  `
  create table events (
    stream text not null, seq integer not null, at integer not null, kind text not null, v integer not null,
    body text not null, prev text not null, hash text not null,
    primary key (stream, seq)
  ) strict, without rowid;
  create table routing (stream text primary key, epoch integer not null, body text not null) strict;
  create table instances (
    stream text not null, instance text not null, beat integer not null, first_seen_at integer not null, body text not null,
    primary key (stream, instance)
  ) strict;
  create table telemetry (
    id integer primary key autoincrement, stream text not null, instance text not null, at integer not null, body text not null
  ) strict;
  create index telemetry_by_stream on telemetry (stream, id);
  create index telemetry_by_age on telemetry (at);
  create table leases (
    stream text primary key, holder text not null, fence integer not null, beat integer not null, released integer not null
  ) strict;
  `,
  // Where each stream ends, kept by the file itself: also a version that knows nothing of it keeps it right.
  `
  create table heads (stream text primary key, seq integer not null, hash text not null) strict;
  insert into heads (stream, seq, hash)
    select stream, seq, hash from events as one
    where seq = (select max(seq) from events as every where every.stream = one.stream);
  create trigger events_head after insert on events begin
    insert into heads (stream, seq, hash) values (new.stream, new.seq, new.hash)
    on conflict (stream) do update set seq = excluded.seq, hash = excluded.hash;
  end;
  alter table routing add column seq integer;
  alter table routing add column hash text;
  `,
  // What telemetry is folded into, and how far it is.
  `
  create table history (
    stream text not null, series text not null, size_ms integer not null, at integer not null, part integer not null,
    body text not null
  ) strict;
  create unique index history_by_series on history (stream, series, size_ms, at, part);
  create index history_by_age on history (stream, size_ms, at);
  create table history_marks (
    stream text primary key, beat integer not null, telemetry_id integer not null, folded_to integer not null
  ) strict;
  `,
];
