import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Connections of one process. Each side has its own pool, as an application in the middle of such a change has.
 *
 * Sessions are in UTC: @prisma/adapter-pg drops the offset of a timestamp with time zone, so in any other zone of the
 * server it reads times that are hours off.
 */
export function openPool(url: string, max = 5, { readOnly = false } = {}): pg.Pool {
  const options = `-c TimeZone=UTC${readOnly ? ' -c default_transaction_read_only=on' : ''}`;
  const pool = new pg.Pool({ connectionString: url, max, options });
  // A server that goes away is an error of the next query, not the end of the process.
  pool.on('error', () => {});
  return pool;
}

/** Counts what a pool sends: for the tests that look for one query a row. */
export function countQueries(pool: pg.Pool): () => number {
  let count = 0;
  pool.on('connect', (client) => {
    const query: unknown = Reflect.get(client, 'query');
    if (typeof query !== 'function') return;
    Reflect.set(client, 'query', (...args: unknown[]): unknown => {
      count += 1;
      return Reflect.apply(query, client, args);
    });
  });
  return () => count;
}

/**
 * Tells a counter of each query, where the data layer asks for it: on a connection it would be in the turn of whoever gave
 * that back. Queries of a transaction have a connection of their own and are not counted.
 */
export function tellQueries(pool: pg.Pool, counter: { sent(): void }): void {
  const query: unknown = Reflect.get(pool, 'query');
  if (typeof query !== 'function') return;
  Reflect.set(pool, 'query', (...args: unknown[]): unknown => {
    counter.sent();
    return Reflect.apply(query, pool, args);
  });
}

/** Creates tables and rows in an empty database. */
export async function createShop(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8'));
    await client.query(SEED);
  } finally {
    await client.end();
  }
}

/** Back to the rows that `createShop` made. */
export async function resetShop(pool: pg.Pool): Promise<void> {
  await pool.query(`${EMPTY}; ${SEED}`);
}

const TABLES = [
  'stock_movements',
  'transaction_lines',
  'transactions',
  'repair_parts',
  'repairs',
  'items',
  'bikes',
  'customers',
  'users',
];
// A truncate, or a restarted sequence, makes a new file for each table and index, which takes longer than these few rows.
const EMPTY = TABLES.map((table) => `delete from ${table}; select setval('${table}_id_seq', 1, false)`).join(
  '; ',
);

const SEED = `
  insert into users (email, name, role, preferences)
    select 'staff' || n || '@shop.example', (array['Noor', 'Ana', 'Zed', 'Béla', 'Ivo', 'Mia'])[n],
      (array['owner', 'clerk', 'clerk', 'mechanic', 'mechanic', 'mechanic'])[n]::user_role,
      jsonb_build_object('language', 'it', 'till', n)
    from generate_series(1, 6) n;
  insert into customers (name, email, phone, address, tax_exempt)
    select (array['Kovač', 'Rossi', 'Ødegård', 'Ng', 'Bianchi', 'O''Brien', 'Yılmaz'])[n % 7 + 1] || ' ' || (100 - n),
      'customer' || n || '@mail.example', case when n % 3 = 0 then '+39 06 ' || n end,
      case when n % 2 = 0 then jsonb_build_object('city', 'Roma', 'street', 'Via ' || n) end, n % 10 = 0
    from generate_series(1, 50) n;
  insert into bikes (serial_number, model, price, tax_rate, specs)
    select 'SN' || lpad((1000 - n)::text, 6, '0'), 'Model ' || n % 9, 299.90 + (n * 37 % 100) * 10, 0.2200,
      case when n % 4 <> 0 then jsonb_build_object('gears', n % 12 + 1, 'tags', jsonb_build_array('city', n)) end
    from generate_series(1, 200) n;
  insert into items (sku, name, category, price, tax_rate, stock, reorder_level, attributes)
    select 'SKU' || n, (array['Tube', 'Chain', 'Bell', 'Lamp', 'Saddle'])[n % 5 + 1] || ' ' || (60 - n),
      (array['parts', 'care', 'safety'])[n % 3 + 1], 1.05 + n * 0.35, (array[0.2200, 0.1000])[n % 2 + 1],
      1000 * (n % 10), 20, jsonb_build_object('weight', n)
    from generate_series(1, 40) n;
  insert into stock_movements (item_id, quantity, reason) select id, stock, 'opening' from items where stock > 0;
  insert into repairs (customer_id, bike_id, mechanic_id, status, scheduled_for, labour, notes)
    select n, case when n % 2 = 0 then n end, case when n % 3 <> 0 then 4 + n % 3 end,
      (array['scheduled', 'done', 'in_progress'])[n % 3 + 1]::repair_status,
      timestamptz '2026-03-28 09:00+01' + n * interval '90 minutes', 15.50 * (n % 4), case when n % 5 = 0 then 'späť ✓' end
    from generate_series(1, 40) n;
  insert into repair_parts (repair_id, item_id, quantity, unit_price)
    select n % 20 + 1, n, n % 3 + 1, 1.05 + n * 0.35 from generate_series(1, 40) n;
  insert into transactions (reference, customer_id, cashier_id, status, subtotal, tax, total, metadata, created_at, paid_at)
    select md5('sale' || n)::uuid, n % 10 + 1, 2, 'paid', 10.00, 2.20, 12.20, jsonb_build_object('till', n % 2),
      at, at
    from (select n, timestamptz '2026-03-28 12:00+01' + n * interval '1 hour' as at from generate_series(1, 60) n) sales;
  insert into transaction_lines (transaction_id, position, item_id, description, quantity, unit_price, tax_rate)
    select t, line, 1 + (t + line) % 40, 'Seeded', 1, 5.00, 0.2200 from generate_series(1, 60) t, generate_series(1, 2) line;
`;
