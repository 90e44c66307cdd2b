import type {
  HistoryChange,
  HistoryMark,
  HistoryQuery,
  HistoryRecord,
  HistorySize,
  Store,
} from '../contract.ts';
import type { Connections } from './connections.ts';
import { literal, sql } from './literal.ts';
import { toHistoryRecord } from './rows.ts';

type Kept = Pick<Store, 'historyMark' | 'history' | 'changeHistory' | 'historySize'>;

const NOTHING: HistorySize = { records: 0, bytes: 0, since: null };

/** What telemetry was folded into. A schema of the version before has none of it, until its owner brings it up to date. */
export class PostgresHistory implements Kept {
  readonly #database: Connections;
  #isThere = false;

  constructor(database: Connections) {
    this.#database = database;
  }

  async historyMark(stream: string): Promise<HistoryMark | undefined> {
    if (!(await this.#exists())) return undefined;
    const [row] = await this.#database.read(
      sql`select beat, telemetry_id, folded_to from cutover.history_marks where stream = ${stream} and beat > 0`,
    );
    if (row === undefined) return undefined;
    return {
      beat: Number(row['beat']),
      telemetryId: Number(row['telemetry_id']),
      foldedTo: Number(row['folded_to']),
    };
  }

  async history(
    stream: string,
    { series, sizeMs, from, to, limit }: HistoryQuery,
  ): Promise<readonly HistoryRecord[]> {
    if (series?.length === 0 || !(await this.#exists())) return [];
    const named = series?.map((one) => literal(one)).join(', ');
    const rows = await this.#database.read(
      `select series, size_ms, at, body from cutover.history
       where stream = ${literal(stream)}${named === undefined ? '' : ` and series in (${named})`} and size_ms = ${literal(sizeMs)}
         and at >= ${literal(from)} and at < ${literal(to)}
       order by at, series, part${limit === undefined ? '' : ` limit ${literal(limit)}`}`,
    );
    return rows.map(toHistoryRecord);
  }

  async changeHistory(
    stream: string,
    seen: HistoryMark | undefined,
    change: HistoryChange,
  ): Promise<boolean> {
    if (!(await this.#exists())) return false;
    const [row] = await this.#database.write(
      // Who comes second waits here for the first one, and then finds another beat.
      sql`insert into cutover.history_marks (stream, beat, telemetry_id, folded_to) values (${stream}, 0, 0, 0)
        on conflict do nothing`,
      changeStatement(stream, seen?.beat ?? 0, change),
    );
    return row?.['moved'] === true;
  }

  async historySize(stream: string): Promise<HistorySize> {
    if (!(await this.#exists())) return NOTHING;
    const [row] = await this.#database.read(
      sql`select count(*) as records, coalesce(sum(pg_column_size(body)), 0) as bytes, min(at) as since
        from cutover.history where stream = ${stream}`,
    );
    return {
      records: Number(row?.['records'] ?? 0),
      bytes: Number(row?.['bytes'] ?? 0),
      since: row?.['since'] == null ? null : Number(row['since']),
    };
  }

  async #exists(): Promise<boolean> {
    if (this.#isThere) return true;
    // Whoever may not read it sees as much as of a schema without it; cutover doctor names the right that is missing.
    const [row] = await this.#database.read(
      `select has_table_privilege(to_regclass('cutover.history'), 'select')
        and has_table_privilege(to_regclass('cutover.history_marks'), 'select') as is_there`,
    );
    this.#isThere = row?.['is_there'] === true;
    return this.#isThere;
  }
}

/** One statement: where the mark is another one by now, none of its parts finds anything to do. */
function changeStatement(
  stream: string,
  beat: number,
  { telemetryId, foldedTo, add, remove = [] }: HistoryChange,
): string {
  const rows = add.map(
    ({ series, sizeMs, at, body }) =>
      sql`(${series}::text, ${sizeMs}::integer, ${at}::bigint, ${JSON.stringify(body)}::text)`,
  );
  const removed = remove.map(
    ({ sizeMs, before }, index) =>
      `gone_${index} as (delete from cutover.history h using moved
        where h.stream = moved.stream and h.size_ms = ${literal(sizeMs)} and h.at < ${literal(before)})`,
  );
  const added =
    rows.length === 0
      ? []
      : [
          `added as (insert into cutover.history (stream, series, size_ms, at, part, body)
            select moved.stream, r.series, r.size_ms, r.at, ${literal(beat + 1)}, r.body
            from moved, (values ${rows.join(', ')}) as r (series, size_ms, at, body))`,
        ];
  const moved = sql`moved as (update cutover.history_marks
    set beat = beat + 1, telemetry_id = ${telemetryId}, folded_to = ${foldedTo}
    where stream = ${stream} and beat = ${beat} returning stream)`;
  return `with ${[moved, ...removed, ...added].join(', ')} select exists (select from moved) as moved`;
}
