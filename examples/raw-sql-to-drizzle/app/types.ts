/** What both implementations answer with: they return errors, they do not throw them. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error };

export type Project = {
  readonly id: number;
  readonly name: string;
  readonly owner: string;
  readonly archived: boolean;
};
export type Execution = {
  readonly id: number;
  readonly projectId: number;
  readonly status: string;
  readonly note: string | null;
};
export type Event = {
  readonly id: number;
  readonly executionId: number;
  readonly kind: string;
  readonly payload: string;
};

export interface Projects {
  find(id: number): Promise<Result<Project | null>>;
  list(owner: string): Promise<Result<readonly Project[]>>;
  create(name: string, owner: string): Promise<Result<Project>>;
  archive(id: number): Promise<Result<boolean>>;
}

export interface Executions {
  find(id: number): Promise<Result<Execution | null>>;
  forProject(projectId: number): Promise<Result<readonly Execution[]>>;
  start(projectId: number, note: string | null): Promise<Result<Execution>>;
  finish(id: number, status: string): Promise<Result<boolean>>;
}

export interface Events {
  forExecution(executionId: number): Promise<Result<readonly Event[]>>;
  count(executionId: number): Promise<Result<number>>;
  append(executionId: number, kind: string, payload: string): Promise<Result<Event>>;
}

export type Repositories = {
  readonly project: Projects;
  readonly execution: Executions;
  readonly event: Events;
};

/** Runs a query and turns what it throws into a Result. */
export async function result<T>(query: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await query() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
