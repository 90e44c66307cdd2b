import type { DatabaseSync } from 'node:sqlite';
import { roundTrip } from './network.ts';
import { result, type Event, type Execution, type Project, type Repositories } from './types.ts';

type Row = Readonly<Record<string, unknown>>;

/** The data layer as it is: SQL in strings. */
export function rawSql(db: DatabaseSync): Repositories {
  const ask = <T>(query: () => T) =>
    result(async () => {
      await roundTrip();
      return query();
    });
  const one = <T>(row: Row | undefined, read: (row: Row) => T): T | null =>
    row === undefined ? null : read(row);
  return {
    project: {
      find: (id) => ask(() => one(db.prepare('select * from projects where id = ?').get(id), project)),
      list: (owner) =>
        ask(() => db.prepare('select * from projects where owner = ? order by id').all(owner).map(project)),
      create: (name, owner) =>
        ask(() =>
          project(
            required(
              db.prepare('insert into projects (name, owner) values (?, ?) returning *').get(name, owner),
            ),
          ),
        ),
      archive: (id) =>
        ask(() => db.prepare('update projects set archived = 1 where id = ?').run(id).changes === 1),
    },
    execution: {
      find: (id) => ask(() => one(db.prepare('select * from executions where id = ?').get(id), execution)),
      forProject: (projectId) =>
        ask(() =>
          db
            .prepare('select * from executions where project_id = ? order by id desc limit 20')
            .all(projectId)
            .map(execution),
        ),
      start: (projectId, note) =>
        ask(() =>
          execution(
            required(
              db
                .prepare(
                  "insert into executions (project_id, status, note) values (?, 'running', ?) returning *",
                )
                .get(projectId, note),
            ),
          ),
        ),
      finish: (id, status) =>
        ask(() => db.prepare('update executions set status = ? where id = ?').run(status, id).changes === 1),
    },
    event: {
      forExecution: (executionId) =>
        ask(() =>
          db
            .prepare('select * from events where execution_id = ? order by id limit 100')
            .all(executionId)
            .map(event),
        ),
      count: (executionId) =>
        ask(() =>
          Number(
            db.prepare('select count(*) as n from events where execution_id = ?').get(executionId)?.['n'],
          ),
        ),
      append: (executionId, kind, payload) =>
        ask(() =>
          event(
            required(
              db
                .prepare('insert into events (execution_id, kind, payload) values (?, ?, ?) returning *')
                .get(executionId, kind, payload),
            ),
          ),
        ),
    },
  };
}

function required(row: Row | undefined): Row {
  if (row === undefined) throw new Error('the insert returned no row');
  return row;
}

function project(row: Row): Project {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    owner: String(row['owner']),
    archived: row['archived'] === 1,
  };
}

function execution(row: Row): Execution {
  const note = row['note'];
  return {
    id: Number(row['id']),
    projectId: Number(row['project_id']),
    status: String(row['status']),
    note: typeof note === 'string' ? note : null,
  };
}

function event(row: Row): Event {
  return {
    id: Number(row['id']),
    executionId: Number(row['execution_id']),
    kind: String(row['kind']),
    payload: String(row['payload']),
  };
}
