import { CutoverError, type Clock, type Json } from '../../kernel/index.ts';
import type {
  AppendMore,
  EventDraft,
  EventMark,
  HistoryChange,
  HistoryMark,
  HistoryQuery,
  HistoryRecord,
  HistorySize,
  InstanceRecord,
  InstanceReport,
  LeaseRecord,
  RoutingMark,
  Store,
  StoredEvent,
  StoredRouting,
  TelemetryRecord,
} from '../contract.ts';
import { appendEvents, leaseLost } from './append.ts';
import { Connections, type ConnectionOptions } from './connections.ts';
import { PostgresHistory } from './history.ts';
import { literal, sql } from './literal.ts';
import { formatOf, prepareSchema, refuseFormat } from './prepare.ts';
import { NOW_MS, reportStatements } from './report.ts';
import { toEvent, toInstance, toLease, toRouting, toRoutingMark, toTelemetry } from './rows.ts';
import { PostgresWatch } from './watch.ts';

export type PostgresOptions = ConnectionOptions & {
  /** Makes the schema where there is none, and brings an older one up to date. @default false */
  readonly prepare?: boolean;
};

/** Rows of one message. A long log comes in several, so that none takes longer than a statement may. */
const PAGE = 2_000;
/** Telemetry that is removed at once: more would take longer than a statement may. */
const PRUNED_AT_ONCE = 5_000;

/**
 * The store in the schema `cutover` of a PostgreSQL, for any number of machines. Nothing of a session is relied on, so
 * any pooler may stand between; only `LISTEN` needs a way past one, and is made up for by looking more often.
 *
 * @throws CutoverError with a code that starts with `STORE_`, or `DRIVER_MISSING` without the package `pg`
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const database = new Connections(options);
  try {
    if (options.prepare === true) await prepareWhereAllowed(database);
    refuseFormat(await formatOf(database), database.text);
    return new PostgresStore(database, options.clock);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A role that may not change tables works with those of the version before; without any it is told who can make them. */
async function prepareWhereAllowed(database: Connections): Promise<void> {
  try {
    await prepareSchema(database);
  } catch (error) {
    if (!(error instanceof CutoverError) || error.code !== 'STORE_READ_ONLY') throw error;
    if ((await formatOf(database)) > 0) return;
    throw new CutoverError(
      'STORE_READ_ONLY',
      `${database.text}: the role may not make the schema "cutover"`,
      {
        hint: 'have the owner of the database do it: cutover state prepare',
        cause: error,
      },
    );
  }
}

class PostgresStore implements Store {
  readonly #database: Connections;
  readonly #clock: Clock;
  readonly #watch: PostgresWatch;
  readonly #history: PostgresHistory;

  constructor(database: Connections, clock: Clock) {
    this.#database = database;
    this.#history = new PostgresHistory(database);
    this.#clock = clock;
    this.#watch = new PostgresWatch(database, clock);
  }

  async append(
    stream: string,
    expectedSeq: number,
    drafts: readonly EventDraft[],
    more: AppendMore = {},
  ): Promise<readonly StoredEvent[]> {
    const stored = await appendEvents(this.#database, this.#clock, stream, expectedSeq, drafts, more);
    this.#watch.notify();
    return stored;
  }

  async read(stream: string, after = 0, limit = -1): Promise<readonly StoredEvent[]> {
    return inPages(after, limit, async (behind, most) => {
      const rows = await this.#database.read(
        sql`select * from cutover.events where stream = ${stream} and seq > ${behind} order by seq limit ${most}`,
      );
      return rows.map(toEvent).map((event) => [event.seq, event] as const);
    });
  }

  async streams(): Promise<readonly string[]> {
    const rows = await this.#database.read('select stream from cutover.heads where seq > 0 order by stream');
    return rows.map((row) => String(row['stream']));
  }

  async head(stream: string): Promise<EventMark | undefined> {
    const [row] = await this.#database.read(
      sql`select seq, hash from cutover.heads where stream = ${stream} and seq > 0`,
    );
    return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
  }

  async routing(stream: string, known?: EventMark): Promise<StoredRouting | undefined> {
    const knows =
      known === undefined
        ? ''
        : sql`, exists (select from cutover.events e
            where e.stream = r.stream and e.seq = ${known.seq} and e.hash = ${known.hash}) as knows`;
    const [row] = await this.#database.read(
      `select r.*${knows} from cutover.routing r where r.stream = ${literal(stream)}`,
    );
    return row === undefined ? undefined : toRouting(row);
  }

  watch(listener: () => void): () => void {
    return this.#watch.add(listener);
  }

  report(stream: string, instance: string, body: Json, telemetry?: Json): Promise<RoutingMark | undefined> {
    return this.reportAll(stream, [{ instance, body, ...(telemetry === undefined ? {} : { telemetry }) }]);
  }

  async reportAll(stream: string, reports: readonly InstanceReport[]): Promise<RoutingMark | undefined> {
    const [row] = await this.#database.write(...reportStatements(stream, reports));
    return row === undefined ? undefined : toRoutingMark(row);
  }

  async instances(stream: string): Promise<readonly InstanceRecord[]> {
    const rows = await this.#database.read(
      sql`select * from cutover.instances where stream = ${stream} order by first_seen_at, instance`,
    );
    return rows.map(toInstance);
  }

  async removeInstance(stream: string, instance: string): Promise<void> {
    await this.#database.write(
      sql`delete from cutover.instances where stream = ${stream} and instance = ${instance}`,
    );
    this.#watch.notify();
  }

  async telemetry(stream: string, after: number, limit = -1): Promise<readonly TelemetryRecord[]> {
    return inPages(after, limit, async (behind, most) => {
      const rows = await this.#database.read(
        sql`select id, instance, at, body from cutover.telemetry
          where stream = ${stream} and id > ${behind} order by id limit ${most}`,
      );
      return rows.map(toTelemetry).map((record) => [record.id, record] as const);
    });
  }

  async now(): Promise<number> {
    const [row] = await this.#database.read(`select ${NOW_MS} as now`);
    return Number(row?.['now']);
  }

  async telemetryHead(stream: string): Promise<number> {
    const [row] = await this.#database.read(
      sql`select max(id) as id from cutover.telemetry where stream = ${stream}`,
    );
    return Number(row?.['id'] ?? 0);
  }

  /** By the database's clock, as the batches were stamped. While another process does it, this one need not. */
  async pruneTelemetry(ageMs: number): Promise<number> {
    for (let removed = 0; ;) {
      const [row] = await this.#database.write(
        `with mine as materialized (select pg_try_advisory_xact_lock(731190222) as got),
         aged as (
           select id from cutover.telemetry where at < ${NOW_MS} - ${sql`${ageMs}`} and (select got from mine)
           order by at limit ${PRUNED_AT_ONCE}),
         gone as (delete from cutover.telemetry t using aged where t.id = aged.id returning 1)
         select count(*) as gone from gone`,
      );
      const gone = Number(row?.['gone'] ?? 0);
      removed += gone;
      if (gone < PRUNED_AT_ONCE) return removed;
    }
  }

  historyMark(stream: string): Promise<HistoryMark | undefined> {
    return this.#history.historyMark(stream);
  }

  history(stream: string, asked: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#history.history(stream, asked);
  }

  historySize(stream: string): Promise<HistorySize> {
    return this.#history.historySize(stream);
  }

  changeHistory(stream: string, seen: HistoryMark | undefined, change: HistoryChange): Promise<boolean> {
    return this.#history.changeHistory(stream, seen, change);
  }

  async lease(stream: string): Promise<LeaseRecord | undefined> {
    const [row] = await this.#database.read(sql`select * from cutover.leases where stream = ${stream}`);
    return row === undefined ? undefined : toLease(row);
  }

  /** `renewed_at` is for people: who lives is judged by the beat. */
  async takeLease(
    stream: string,
    holder: string,
    seen: LeaseRecord | undefined,
  ): Promise<LeaseRecord | undefined> {
    const [row] = await this.#database.write(
      seen === undefined
        ? sql`insert into cutover.leases (stream, holder, fence, beat, released, renewed_at)
            values (${stream}, ${holder}, 1, 1, false, clock_timestamp()) on conflict do nothing returning *`
        : sql`update cutover.leases
            set holder = ${holder}, fence = fence + 1, beat = 1, released = false, renewed_at = clock_timestamp()
            where stream = ${stream} and fence = ${seen.fence} and beat = ${seen.beat} and released = ${seen.released}
            returning *`,
    );
    return row === undefined ? undefined : toLease(row);
  }

  async renewLease(stream: string, fence: number): Promise<void> {
    const renewed = await this.#database.write(
      sql`update cutover.leases set beat = beat + 1, renewed_at = clock_timestamp()
        where stream = ${stream} and fence = ${fence} and not released returning fence`,
    );
    if (renewed.length === 0) throw leaseLost(stream, (await this.lease(stream)) ?? null, fence);
  }

  async releaseLease(stream: string, fence: number): Promise<void> {
    await this.#database.write(
      sql`update cutover.leases set released = true where stream = ${stream} and fence = ${fence}`,
    );
    this.#watch.notify();
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#database.close();
  }
}

/** Reads on behind the last number until there are enough, or no more. @param limit below 0 for all */
async function inPages<T>(
  after: number,
  limit: number,
  read: (behind: number, most: number) => Promise<readonly (readonly [number, T])[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let behind = after; ;) {
    const most = limit < 0 ? PAGE : Math.min(PAGE, limit - all.length);
    const page = await read(behind, most);
    for (const [number, one] of page) {
      all.push(one);
      behind = number;
    }
    if (page.length < most || all.length === limit) return all;
  }
}
