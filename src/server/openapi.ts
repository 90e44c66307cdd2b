import { z } from 'zod';
import { API } from '../wire/index.ts';
import type { Route } from './route.ts';

type Schema = z.core.JSONSchema.BaseSchema;

const ERROR = z.object({
  schema: z.literal('cutover.error/1'),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
});

/** The OpenAPI 3.1 document of these routes, made from what parses their requests and describes their answers. */
export function openApiDocument(routes: readonly Route[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[`${API}${route.path}`] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'cutover',
      version,
      description: 'Migrations, and whatever the command line does with them. Failures are coded.',
    },
    paths,
    components: {
      schemas: { Error: schemaOf(ERROR, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'cutover_session',
          description: 'Behind the name comes `_` and the port, where the address has one.',
        },
      },
    },
  };
}

function operationOf(route: Route) {
  return {
    operationId: route.name,
    summary: route.summary,
    ...(route.permission === null
      ? { security: [] }
      : { security: [{ token: [] }, { session: [] }], 'x-cutover-permission': route.permission }),
    parameters: [...pathParameters(route.path), ...queryParameters(route)],
    ...(route.body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: {
      200: {
        description: 'the answer',
        content: contentOf(route),
      },
      default: {
        description: 'a refusal or a failure, with a code of docs/reference/errors.md',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function contentOf({ answer, media = ['text/event-stream'] }: Route) {
  return answer === null
    ? Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }]))
    : { 'application/json': { schema: schemaOf(answer, 'output') } };
}

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route) {
  if (query === null) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** Inlined: a reference would have to be rewritten to where OpenAPI has its schemas. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return plain;
}
