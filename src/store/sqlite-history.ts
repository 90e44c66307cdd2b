import type { HistoryChange, HistoryMark, HistoryQuery, HistoryRecord, HistorySize } from './contract.ts';
import type { SqliteFile } from './file.ts';
import { type Damage, toHistoryRecord } from './rows.ts';

/** A file of the version before has no history until somebody of this one writes to it. */
export function hasHistory(file: SqliteFile): boolean {
  return file.all("select 1 from sqlite_schema where name = 'history_marks'").length > 0;
}

export function readHistoryMark(file: SqliteFile, stream: string): HistoryMark | undefined {
  const [row] = file.all('select beat, telemetry_id, folded_to from history_marks where stream = ?', stream);
  if (row === undefined) return undefined;
  return {
    beat: Number(row['beat']),
    telemetryId: Number(row['telemetry_id']),
    foldedTo: Number(row['folded_to']),
  };
}

export function readHistory(
  file: SqliteFile,
  stream: string,
  { series, sizeMs, from, to, limit = -1 }: HistoryQuery,
  damage: Damage,
): readonly HistoryRecord[] {
  const rows = file.all(
    `select series, size_ms, at, body from history
     where stream = ? and ${series === null ? '' : 'series in (select value from json_each(?)) and'} size_ms = ?
       and at >= ? and at < ?
     order by at, series, part limit ?`,
    stream,
    ...(series === null ? [] : [JSON.stringify(series)]),
    sizeMs,
    from,
    to,
    limit,
  );
  return rows.map((row) => toHistoryRecord(row, damage));
}

/** Only inside a transaction. @returns whether the mark still was as seen */
export function writeHistory(
  file: SqliteFile,
  stream: string,
  seen: HistoryMark | undefined,
  { telemetryId, foldedTo, add, remove = [] }: HistoryChange,
): boolean {
  const beat = seen?.beat ?? 0;
  if ((readHistoryMark(file, stream)?.beat ?? 0) !== beat) return false;
  file.write(
    `insert into history_marks (stream, beat, telemetry_id, folded_to) values (?, ?, ?, ?)
     on conflict (stream) do update set beat = excluded.beat, telemetry_id = excluded.telemetry_id,
       folded_to = excluded.folded_to`,
    stream,
    beat + 1,
    telemetryId,
    foldedTo,
  );
  for (const { sizeMs, before } of remove)
    file.write('delete from history where stream = ? and size_ms = ? and at < ?', stream, sizeMs, before);
  for (const { series, sizeMs, at, body } of add)
    file.write(
      'insert into history (stream, series, size_ms, at, part, body) values (?, ?, ?, ?, ?, ?)',
      stream,
      series,
      sizeMs,
      at,
      beat + 1,
      JSON.stringify(body),
    );
  return true;
}

export function readHistorySize(file: SqliteFile, stream: string): HistorySize {
  const [row] = file.all(
    'select count(*) as records, coalesce(sum(length(body)), 0) as bytes, min(at) as since from history where stream = ?',
    stream,
  );
  return {
    records: Number(row?.['records'] ?? 0),
    bytes: Number(row?.['bytes'] ?? 0),
    since: row?.['since'] == null ? null : Number(row['since']),
  };
}
