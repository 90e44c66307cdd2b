import { CutoverError, type Json } from '../kernel/index.ts';
import { GENESIS_HASH, hashEvent } from './chain.ts';
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
  RoutingRecord,
  Store,
  StoredEvent,
  StoredRouting,
  TelemetryRecord,
} from './contract.ts';
import { SqliteFile, type SqliteOptions } from './file.ts';
import { type Damage, parseBody, toEvent, toInstance, toTelemetry } from './rows.ts';
import { hasHistory, readHistory, readHistoryMark, readHistorySize, writeHistory } from './sqlite-history.ts';
import { FileWatch } from './watch.ts';

type Row = Readonly<Record<string, unknown>>;

const DAMAGE: Damage = {
  where: 'the state file',
  hint: 'somebody changed it by hand; restore it from a copy: cutover state restore',
};

/**
 * The store on one SQLite file, safe with many processes on it. Needs no server: one machine, any number of
 * processes. A file on a network share is not supported, SQLite's locks do not hold there.
 *
 * @throws CutoverError with a code that starts with `STORE_`
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const file = new SqliteFile(options);
  await file.open();
  return new SqliteStore(file, options);
}

class SqliteStore implements Store {
  readonly #file: SqliteFile;
  readonly #clock: SqliteOptions['clock'];
  readonly #watch: FileWatch;

  constructor(file: SqliteFile, { clock }: SqliteOptions) {
    this.#file = file;
    this.#clock = clock;
    this.#watch = new FileWatch(file.path, clock);
  }

  async append(
    stream: string,
    expectedSeq: number,
    drafts: readonly EventDraft[],
    { fence, routing }: AppendMore = {},
  ): Promise<readonly StoredEvent[]> {
    const stored = await this.#file.transaction(() => {
      if (fence !== undefined) this.#checkFence(stream, fence);
      const last = this.#file.all(
        'select seq, hash from events where stream = ? order by seq desc limit 1',
        stream,
      )[0];
      const seq = Number(last?.['seq'] ?? 0);
      if (seq !== expectedSeq) throw conflict(stream, `sequence is ${seq}, not ${expectedSeq}`, seq);
      const head = typeof last?.['hash'] === 'string' ? last['hash'] : GENESIS_HASH;
      const added = this.#putEvents(stream, seq, head, drafts);
      const isRaised =
        routing === undefined || this.#putRouting(stream, routing, added.at(-1) ?? { seq, hash: head });
      if (!isRaised)
        throw conflict(stream, `routing epoch ${routing.epoch} is not above the stored one`, seq);
      return added;
    });
    this.#watch.notify();
    return stored;
  }

  #putEvents(
    stream: string,
    seq: number,
    head: string,
    drafts: readonly EventDraft[],
  ): readonly StoredEvent[] {
    const at = this.#clock.now();
    let prev = head;
    return drafts.map(({ kind, v, body }, index) => {
      const event = { stream, seq: seq + index + 1, at, kind, v, body, prev };
      const hash = hashEvent(event);
      this.#file.write(
        'insert into events (stream, seq, at, kind, v, body, prev, hash) values (?, ?, ?, ?, ?, ?, ?, ?)',
        stream,
        event.seq,
        at,
        kind,
        v,
        JSON.stringify(body),
        prev,
        hash,
      );
      prev = hash;
      return { ...event, hash };
    });
  }

  /** @returns whether it is above the stored one */
  #putRouting(stream: string, { epoch, body }: RoutingRecord, { seq, hash }: EventMark): boolean {
    const changed = this.#file.write(
      `insert into routing (stream, epoch, body, seq, hash) values (?, ?, ?, ?, ?)
       on conflict (stream) do update set epoch = excluded.epoch, body = excluded.body, seq = excluded.seq,
         hash = excluded.hash where epoch < excluded.epoch`,
      stream,
      epoch,
      JSON.stringify(body),
      seq,
      hash,
    );
    return changed > 0;
  }

  async read(stream: string, after = 0, limit = -1): Promise<readonly StoredEvent[]> {
    const rows = await this.#read(
      'select * from events where stream = ? and seq > ? order by seq limit ?',
      stream,
      after,
      limit,
    );
    return rows.map((row) => toEvent(row, DAMAGE));
  }

  async streams(): Promise<readonly string[]> {
    return (await this.#read('select distinct stream from events order by stream')).map((row) =>
      String(row['stream']),
    );
  }

  async head(stream: string): Promise<EventMark | undefined> {
    return this.#file.attempt(() => {
      const hasHeads = this.#file.all("select 1 from sqlite_schema where name = 'heads'").length > 0;
      const row = hasHeads
        ? this.#file.all('select seq, hash from heads where stream = ?', stream)[0]
        : undefined;
      return toMark(row) ?? undefined;
    });
  }

  routing(stream: string, known?: EventMark): Promise<StoredRouting | undefined> {
    return this.#file.attempt(() => {
      const [row] = this.#file.all('select * from routing where stream = ?', stream);
      if (row === undefined) return undefined;
      const routing = {
        epoch: Number(row['epoch']),
        body: parseBody(row['body'], DAMAGE),
        mark: toMark(row),
      };
      return known === undefined ? routing : { ...routing, knows: this.#has(stream, known) };
    });
  }

  #has(stream: string, { seq, hash }: EventMark): boolean {
    const [row] = this.#file.all('select hash from events where stream = ? and seq = ?', stream, seq);
    return row?.['hash'] === hash;
  }

  watch(listener: () => void): () => void {
    return this.#watch.add(listener);
  }

  report(stream: string, instance: string, body: Json, telemetry?: Json): Promise<RoutingMark | undefined> {
    return this.reportAll(stream, [{ instance, body, ...(telemetry === undefined ? {} : { telemetry }) }]);
  }

  async reportAll(stream: string, reports: readonly InstanceReport[]): Promise<RoutingMark | undefined> {
    const stored = await this.#file.transaction(() => {
      for (const report of reports) this.#putReport(stream, report);
      const [row] = this.#file.all('select epoch, seq, hash from routing where stream = ?', stream);
      return row === undefined ? undefined : { epoch: Number(row['epoch']), mark: toMark(row) };
    });
    this.#watch.notify();
    return stored;
  }

  #putReport(stream: string, { instance, body, telemetry }: InstanceReport): void {
    const at = this.#clock.now();
    this.#file.write(
      `insert into instances (stream, instance, beat, first_seen_at, body) values (?, ?, 1, ?, ?)
       on conflict (stream, instance) do update set beat = beat + 1, body = excluded.body`,
      stream,
      instance,
      at,
      JSON.stringify(body),
    );
    if (telemetry === undefined) return;
    this.#file.write(
      'insert into telemetry (stream, instance, at, body) values (?, ?, ?, ?)',
      stream,
      instance,
      at,
      JSON.stringify(telemetry),
    );
  }

  async instances(stream: string): Promise<readonly InstanceRecord[]> {
    const rows = await this.#read(
      'select * from instances where stream = ? order by first_seen_at, instance',
      stream,
    );
    return rows.map((row) => toInstance(row, DAMAGE));
  }

  async removeInstance(stream: string, instance: string): Promise<void> {
    await this.#file.transaction(() =>
      this.#file.write('delete from instances where stream = ? and instance = ?', stream, instance),
    );
    this.#watch.notify();
  }

  async telemetry(stream: string, after: number, limit = -1): Promise<readonly TelemetryRecord[]> {
    const rows = await this.#read(
      'select id, instance, at, body from telemetry where stream = ? and id > ? order by id limit ?',
      stream,
      after,
      limit,
    );
    return rows.map((row) => toTelemetry(row, DAMAGE));
  }

  now(): Promise<number> {
    return Promise.resolve(this.#clock.now());
  }

  async telemetryHead(stream: string): Promise<number> {
    return Number(
      (await this.#read('select max(id) as id from telemetry where stream = ?', stream))[0]?.['id'] ?? 0,
    );
  }

  async pruneTelemetry(ageMs: number): Promise<number> {
    const before = this.#clock.now() - ageMs;
    return this.#file.transaction(() => this.#file.write('delete from telemetry where at < ?', before));
  }

  historyMark(stream: string): Promise<HistoryMark | undefined> {
    return this.#ofHistory(() => readHistoryMark(this.#file, stream), undefined);
  }

  history(stream: string, asked: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#ofHistory(() => readHistory(this.#file, stream, asked, DAMAGE), []);
  }

  historySize(stream: string): Promise<HistorySize> {
    const none = { records: 0, bytes: 0, since: null };
    return this.#ofHistory(() => readHistorySize(this.#file, stream), none);
  }

  changeHistory(stream: string, seen: HistoryMark | undefined, change: HistoryChange): Promise<boolean> {
    return this.#file.transaction(
      () => hasHistory(this.#file) && writeHistory(this.#file, stream, seen, change),
    );
  }

  /** @param none where the file is of the version before */
  #ofHistory<T>(read: () => T, none: T): Promise<T> {
    return this.#file.attempt(() => (hasHistory(this.#file) ? read() : none));
  }

  async lease(stream: string): Promise<LeaseRecord | undefined> {
    return toLease((await this.#read('select * from leases where stream = ?', stream))[0]);
  }

  takeLease(stream: string, holder: string, seen: LeaseRecord | undefined): Promise<LeaseRecord | undefined> {
    return this.#file.transaction(() => {
      const now = toLease(this.#file.all('select * from leases where stream = ?', stream)[0]);
      const isSame =
        now?.fence === seen?.fence && now?.beat === seen?.beat && now?.released === seen?.released;
      if (!isSame) return undefined;
      const taken = { holder, fence: (now?.fence ?? 0) + 1, beat: 1, released: false };
      this.#file.write(
        `insert into leases (stream, holder, fence, beat, released) values (?, ?, ?, 1, 0)
         on conflict (stream) do update set holder = excluded.holder, fence = excluded.fence, beat = 1, released = 0`,
        stream,
        holder,
        taken.fence,
      );
      return taken;
    });
  }

  async renewLease(stream: string, fence: number): Promise<void> {
    await this.#file.transaction(() => {
      this.#checkFence(stream, fence);
      this.#file.write('update leases set beat = beat + 1 where stream = ?', stream);
    });
  }

  async releaseLease(stream: string, fence: number): Promise<void> {
    await this.#file.transaction(() =>
      this.#file.write('update leases set released = 1 where stream = ? and fence = ?', stream, fence),
    );
    this.#watch.notify();
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#file.close();
  }

  #read(sql: string, ...values: readonly (string | number)[]): Promise<readonly Row[]> {
    return this.#file.attempt(() => this.#file.all(sql, ...values));
  }

  #checkFence(stream: string, fence: number): void {
    const now = toLease(this.#file.all('select * from leases where stream = ?', stream)[0]);
    if (now?.fence === fence && !now.released) return;
    throw new CutoverError(
      'LEASE_LOST',
      `the lease of ${stream} has fencing token ${now?.fence ?? 'none'}, this one is ${fence}`,
      {
        hint: `${now?.holder ?? 'nobody'} acts now; this process must not`,
      },
    );
  }
}

function toMark(row: Row | undefined): EventMark | null {
  const { seq, hash } = row ?? {};
  return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : null;
}

function toLease(row: Row | undefined): LeaseRecord | undefined {
  if (row === undefined) return undefined;
  return {
    holder: String(row['holder']),
    fence: Number(row['fence']),
    beat: Number(row['beat']),
    released: row['released'] === 1,
  };
}

function conflict(stream: string, what: string, seq: number): CutoverError {
  return new CutoverError('SEQUENCE_CONFLICT', `${stream}: ${what}; somebody else wrote first`, {
    hint: 'read again and decide again',
    details: { seq },
  });
}
