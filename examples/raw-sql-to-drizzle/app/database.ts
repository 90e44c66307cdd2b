import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  create table if not exists projects (
    id integer primary key, name text not null, owner text not null, archived integer not null default 0
  ) strict;
  create table if not exists executions (
    id integer primary key, project_id integer not null references projects (id), status text not null, note text
  ) strict;
  create index if not exists executions_by_project on executions (project_id, id);
  create table if not exists events (
    id integer primary key, execution_id integer not null references executions (id), kind text not null, payload text not null
  ) strict;
  create index if not exists events_by_execution on events (execution_id, id);
`;

/** The service's database: one SQLite file, shared by all of its processes. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec('pragma synchronous = normal; pragma foreign_keys = on');
  return database;
}

/** Makes the file as the processes need it. By one of them, before the others: SQLite does not wait to change its journal. */
export function createDatabase(file: string): void {
  const database = openDatabase(file);
  database.exec('pragma journal_mode = wal');
  seed(database);
  database.close();
}

/** Creates the tables and some rows; does nothing to a database that has them. */
export function seed(database: DatabaseSync): void {
  database.exec(SCHEMA);
  const { n } = database.prepare('select count(*) as n from projects').get() ?? { n: 0 };
  if (n !== 0) return;
  database.exec('begin immediate');
  for (let id = 1; id <= 50; id += 1) {
    database
      .prepare('insert into projects (id, name, owner) values (?, ?, ?)')
      .run(id, `Project ${id}`, `user-${id % 7}`);
    database
      .prepare('insert into executions (id, project_id, status, note) values (?, ?, ?, ?)')
      .run(id, id, 'done', id % 3 === 0 ? 'späť ✓' : null);
    database
      .prepare('insert into events (execution_id, kind, payload) values (?, ?, ?)')
      .run(id, 'started', '{}');
  }
  database.exec('commit');
}
