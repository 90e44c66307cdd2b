import { z } from 'zod';
import type { Identity, Permission } from './access/role.ts';
import type { Subject } from './catalogue.ts';
import { parseRequest } from './request.ts';
import type { World } from './world.ts';

/** A route as data: the server answers by it, and the OpenAPI document is made from it. */
export type Route = {
  readonly name: string;
  readonly method: 'get' | 'post';
  /** Below `/api/v1`; `{migration}` and `{environment}` name the subject. */
  readonly path: string;
  readonly summary: string;
  /** `null`: nobody has to say who they are. */
  readonly permission: Permission | null;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** `null` for a stream of events, whose kinds are in the summary, or for a file. */
  readonly answer: z.ZodType | null;
  /** What a file may be; absent for what is none. */
  readonly media?: readonly string[];
  readonly mutates: boolean;
  readonly mostBytes: number;
  respond(asked: Asked): Promise<unknown>;
};

/** What the request brought, not yet looked into. */
export type Asked = {
  readonly world: World;
  readonly who: Identity | null;
  readonly subject: Subject | null;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: Headers;
  /** Whether this identity may still be what it was: a stream goes on for long. */
  readonly isOpen: () => boolean;
};

/** What a route about one migration in one environment gets. */
export type Call<Q, B> = Omit<Asked, 'who' | 'subject' | 'query' | 'body'> & {
  readonly who: Identity;
  readonly subject: Subject;
  readonly query: Q;
  readonly body: B;
};

type Common = Pick<Route, 'name' | 'summary' | 'media'> & { readonly permission: Permission };

/** What a person sends is small. Bytes. */
const MOST_BYTES = 64_000;
const BELOW = '/migrations/{migration}/{environment}';

/** Reads something about a subject. Answers with a document, or with a `Response` of its own. */
export function reading<Q extends z.ZodType>(
  route: Common & {
    readonly path: string;
    readonly query: Q;
    readonly answer: z.ZodType | null;
    handle(this: void, call: Call<z.output<Q>, null>): Promise<unknown>;
  },
): Route {
  const { handle, query, path, ...more } = route;
  return {
    ...more,
    method: 'get',
    path: `${BELOW}${path}`,
    query,
    body: null,
    mutates: false,
    mostBytes: 0,
    respond: (asked) =>
      handle({ ...about(asked), query: parseRequest(query, asked.query, 'query'), body: null }),
  };
}

/** Changes something about a subject. */
export function changing<B extends z.ZodType>(
  route: Common & {
    readonly path: string;
    readonly body: B;
    readonly answer: z.ZodType;
    readonly mostBytes?: number;
    handle(this: void, call: Call<null, z.output<B>>): Promise<unknown>;
  },
): Route {
  const { handle, body, path, mostBytes = MOST_BYTES, ...more } = route;
  return {
    ...more,
    method: 'post',
    path: `${BELOW}${path}`,
    query: null,
    body,
    mutates: true,
    mostBytes,
    respond: (asked) =>
      handle({ ...about(asked), query: null, body: parseRequest(body, asked.body, 'body') }),
  };
}

/** Reads something about the server or all of its migrations. */
export function general<Q extends z.ZodType>(
  route: Omit<Common, 'permission'> & {
    readonly path: string;
    readonly permission: Permission | null;
    readonly query: Q;
    readonly answer: z.ZodType | null;
    handle(
      this: void,
      call: Omit<Asked, 'query' | 'body'> & { readonly query: z.output<Q> },
    ): Promise<unknown>;
  },
): Route {
  const { handle, query, ...more } = route;
  return {
    ...more,
    method: 'get',
    query,
    body: null,
    mutates: false,
    mostBytes: 0,
    respond: (asked) => handle({ ...asked, query: parseRequest(query, asked.query, 'query') }),
  };
}

/** The guard lets nobody come here without a name, nor the address without a subject. */
function about(asked: Asked): Asked & { readonly who: Identity; readonly subject: Subject } {
  const { who, subject } = asked;
  if (who === null || subject === null) throw new TypeError('a route about a subject was asked without one');
  return { ...asked, who, subject };
}

/** A query that takes nothing. */
export const NO_QUERY = z.strictObject({});
