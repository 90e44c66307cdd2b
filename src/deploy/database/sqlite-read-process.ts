// Reads one statement from standard input, asks one SQLite file, and prints the rows as JSON. Reads only.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { describeError } from '../../kernel/index.ts';
import type { Rows, Value } from './rows.ts';

const [file = '', lockWaitMs = '0', most = '1'] = process.argv.slice(2);
const query = await text(process.stdin);
process.stdout.write(JSON.stringify(answer()));

function answer(): Rows | { readonly error: string; readonly isClosed: boolean } {
  let isClosed = true;
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: Number(lockWaitMs) });
    try {
      // Whether it is a database at all is only known once something was asked.
      database.prepare('select count(*) from sqlite_schema').get();
      isClosed = false;
      return rowsOf(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return { error: describeError(error), isClosed };
  }
}

function rowsOf(database: DatabaseSync): Rows {
  const statement = database.prepare(query);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const columns = statement.columns().map(({ name }) => name);
  const rows: (readonly Value[])[] = [];
  for (const row of statement.iterate()) {
    if (rows.length === Number(most)) return { columns, rows, isMore: true };
    rows.push(Object.values(row).map(valueOf));
  }
  return { columns, rows, isMore: false };
}

function valueOf(value: SQLOutputValue): Value {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  // JSON has no infinity; as text it is no measure, and is seen.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
