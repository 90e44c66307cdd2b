import type { DatabaseSync } from 'node:sqlite';
import { asc, count, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-sqlite';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Faults } from './faults.ts';
import { roundTrip } from './network.ts';
import { result, type Repositories } from './types.ts';

const projects = sqliteTable('projects', {
  id: integer().primaryKey(),
  name: text().notNull(),
  owner: text().notNull(),
  archived: integer({ mode: 'boolean' }).notNull().default(false),
});
const executions = sqliteTable('executions', {
  id: integer().primaryKey(),
  projectId: integer('project_id').notNull(),
  status: text().notNull(),
  note: text(),
});
const events = sqliteTable('events', {
  id: integer().primaryKey(),
  executionId: integer('execution_id').notNull(),
  kind: text().notNull(),
  payload: text().notNull(),
});

/** The data layer as it is to be: Drizzle. `faults` makes it misbehave on demand, for the demonstration. */
export function withDrizzle(client: DatabaseSync, faults: Faults): Repositories {
  const db = drizzle({ client });
  const ask = <T>(query: () => T | Promise<T>) =>
    result(async () => {
      await roundTrip();
      return faults.around(query);
    });
  const first = <T>(rows: readonly T[]): T | null => rows[0] ?? null;
  return {
    project: {
      find: (id) => ask(async () => first(await db.select().from(projects).where(eq(projects.id, id)))),
      list: (owner) =>
        ask(() => db.select().from(projects).where(eq(projects.owner, owner)).orderBy(asc(projects.id))),
      create: (name, owner) =>
        ask(async () => required(await db.insert(projects).values({ name, owner }).returning())),
      archive: (id) =>
        ask(
          async () =>
            (
              await db
                .update(projects)
                .set({ archived: true })
                .where(eq(projects.id, id))
                .returning({ id: projects.id })
            ).length === 1,
        ),
    },
    execution: {
      find: (id) => ask(async () => first(await db.select().from(executions).where(eq(executions.id, id)))),
      forProject: (projectId) =>
        ask(() =>
          db
            .select()
            .from(executions)
            .where(eq(executions.projectId, projectId))
            .orderBy(desc(executions.id))
            .limit(20),
        ),
      start: (projectId, note) =>
        ask(async () =>
          required(await db.insert(executions).values({ projectId, status: 'running', note }).returning()),
        ),
      finish: (id, status) =>
        ask(
          async () =>
            (
              await db
                .update(executions)
                .set({ status })
                .where(eq(executions.id, id))
                .returning({ id: executions.id })
            ).length === 1,
        ),
    },
    event: {
      forExecution: (executionId) =>
        ask(() =>
          db
            .select()
            .from(events)
            .where(eq(events.executionId, executionId))
            .orderBy(asc(events.id))
            .limit(100),
        ),
      count: (executionId) =>
        ask(
          async () =>
            required(await db.select({ n: count() }).from(events).where(eq(events.executionId, executionId)))
              .n,
        ),
      append: (executionId, kind, payload) =>
        ask(async () => required(await db.insert(events).values({ executionId, kind, payload }).returning())),
    },
  };
}

function required<T>(rows: readonly T[]): T {
  const row = rows[0];
  if (row === undefined) throw new Error('the insert returned no row');
  return row;
}
