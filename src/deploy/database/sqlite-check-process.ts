// Asks one SQLite file one question about itself, and prints the findings as JSON. Reads only.
import { DatabaseSync } from 'node:sqlite';
import { describeError } from '../../kernel/index.ts';

/** Somebody writes at the moment: they are waited for, milliseconds. */
const LOCK_WAIT_MS = 30_000;

const [file = '', pragma = '', most = '10'] = process.argv.slice(2);
process.stdout.write(JSON.stringify(findings()));

function findings(): readonly string[] {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: LOCK_WAIT_MS });
    try {
      return pragma === 'foreign_key_check' ? orphans(database) : faults(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return [describeError(error)];
  }
}

function faults(database: DatabaseSync): readonly string[] {
  const rows = database.prepare(`pragma ${pragma}(${Number(most)})`).all();
  const texts = rows.map((row) => String(Object.values(row)[0]).replaceAll('\n', ' '));
  return texts.length === 1 && texts[0] === 'ok' ? [] : texts;
}

/** By table and the table it refers to: one missing row can have thousands that refer to it. */
function orphans(database: DatabaseSync): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of database.prepare('pragma foreign_key_check').iterate()) {
    const key = `of ${String(row['table'])} refer to no row of ${String(row['parent'])}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${count} rows ${key}`);
}
