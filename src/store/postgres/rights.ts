/** Who works with the schema. A role of `docs/operations/postgres.md` for each. */
export const WORKERS = ['controller', 'instances', 'viewer'] as const;
export type Worker = (typeof WORKERS)[number];

export type Right = 'select' | 'insert' | 'update' | 'delete';

/** What each needs on which table, and all that it should have. Nobody changes or removes an event. */
export const RIGHTS: Readonly<Record<Worker, Readonly<Record<string, readonly Right[]>>>> = {
  controller: {
    format: ['select'],
    events: ['select', 'insert'],
    heads: ['select', 'insert', 'update'],
    routing: ['select', 'insert', 'update'],
    leases: ['select', 'insert', 'update'],
    instances: ['select', 'delete'],
    telemetry: ['select', 'delete'],
    history: ['select', 'insert', 'delete'],
    history_marks: ['select', 'insert', 'update'],
  },
  instances: {
    format: ['select'],
    events: ['select'],
    heads: ['select'],
    routing: ['select'],
    instances: ['select', 'insert', 'update', 'delete'],
    telemetry: ['select', 'insert', 'delete'],
  },
  viewer: {
    format: ['select'],
    events: ['select'],
    heads: ['select'],
    routing: ['select'],
    leases: ['select'],
    instances: ['select'],
    telemetry: ['select'],
    history: ['select'],
    history_marks: ['select'],
  },
};
