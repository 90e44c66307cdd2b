/**
 * Version of the schema `cutover`. A process reads and writes a schema one version older or newer than its own, because
 * instances are upgraded one by one; further apart it refuses. Version n's script is `SCRIPTS[n - 1]`.
 *
 * Texts are compared by their bytes ("C"), as SQLite does. Bodies are `text`: `jsonb` would change numbers that a hash
 * stands for. Whatever is updated again and again leaves room in its pages, so that indexes need not change with it.
 */
export const SCRIPTS: readonly string[] = [
  `
  create table cutover.format (version integer not null);
  create unique index format_one on cutover.format ((true));

  create table cutover.events (
    stream text collate "C" not null, seq bigint not null, at bigint not null, kind text not null, v integer not null,
    body text not null, prev text not null, hash text not null,
    primary key (stream, seq)
  );
  create table cutover.heads (
    stream text collate "C" primary key, seq bigint not null, hash text not null
  ) with (fillfactor = 50);
  create table cutover.routing (
    stream text collate "C" primary key, epoch bigint not null, body text not null, seq bigint not null, hash text not null
  ) with (fillfactor = 50);

  create table cutover.instances (
    stream text collate "C" not null, instance text collate "C" not null, beat bigint not null, first_seen_at bigint not null,
    body text not null,
    primary key (stream, instance)
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
  create table cutover.telemetry (
    id bigint generated always as identity primary key,
    stream text collate "C" not null, instance text collate "C" not null, at bigint not null, body text not null
  ) with (autovacuum_vacuum_scale_factor = 0.02);
  create index telemetry_by_stream on cutover.telemetry (stream, id);
  create index telemetry_by_age on cutover.telemetry (at);

  create table cutover.leases (
    stream text collate "C" primary key, holder text not null, fence bigint not null, beat bigint not null,
    released boolean not null, renewed_at timestamp with time zone not null
  ) with (fillfactor = 50);
  `,
  // What telemetry is folded into, and how far it is.
  `
  create table cutover.history (
    stream text collate "C" not null, series text collate "C" not null, size_ms integer not null, at bigint not null,
    part bigint not null, body text not null,
    primary key (stream, series, size_ms, at, part)
  );
  create index history_by_age on cutover.history (stream, size_ms, at);
  create table cutover.history_marks (
    stream text collate "C" primary key, beat bigint not null, telemetry_id bigint not null, folded_to bigint not null
  ) with (fillfactor = 50);
  `,
];
