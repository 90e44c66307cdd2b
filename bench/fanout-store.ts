import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { processLoad } from './process-load.ts';

/** What a store has done so far. */
export type StoreLoad = {
  readonly transactions: number;
  readonly rows: number;
  /** Written ahead of the tables. */
  readonly bytes: number;
  readonly cpuMs: number;
};

/** How a benchmark looks into a store, past the product. */
export type StoreView = {
  /** Instances that acknowledged this epoch or a later one. */
  acknowledged(epoch: number): Promise<number>;
  /** `null` where nobody counts. */
  load(): Promise<StoreLoad | null>;
  close(): Promise<void>;
};

export async function viewPostgres(url: string): Promise<StoreView> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async acknowledged(epoch) {
      const { rows } = await client.query<{ count: string }>(
        "select count(*) from cutover.instances where (body::json->>'acknowledged')::bigint >= $1",
        [epoch],
      );
      return Number(rows[0]?.count ?? 0);
    },
    async load() {
      const { rows } = await client.query<Record<string, string>>(`
        select xact_commit as transactions, tup_inserted + tup_updated + tup_deleted as rows,
          pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes
        from pg_stat_database where datname = current_database()`);
      const processes = await client.query<{ pid: number }>('select pid from pg_stat_activity');
      const { transactions, rows: written, bytes } = rows[0] ?? {};
      return {
        transactions: Number(transactions),
        rows: Number(written),
        bytes: Number(bytes),
        cpuMs: processLoad(processes.rows.map(({ pid }) => pid)).cpuMs,
      };
    },
    close: () => client.end(),
  };
}

export function viewSqlite(file: string): StoreView {
  const database = new DatabaseSync(file, { readOnly: true });
  const count = database.prepare(
    "select count(*) as count from instances where json_extract(body, '$.acknowledged') >= ?",
  );
  return {
    acknowledged: (epoch) => Promise.resolve(Number(count.get(epoch)?.['count'] ?? 0)),
    load: () => Promise.resolve(null),
    close: () => Promise.resolve(database.close()),
  };
}
