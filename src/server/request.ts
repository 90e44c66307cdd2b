import type { z } from 'zod';
import { CutoverError, suggest } from '../kernel/index.ts';

const MOST_PROBLEMS = 10;

/**
 * What a request holds, once it was looked into.
 *
 * @throws CutoverError `REQUEST_INVALID` with every problem and its path
 */
export function parseRequest<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: 'query' | 'body',
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message }) => ({ path: [where, ...path.map(String)].join('.'), message }));
  const [first] = problems;
  const hint = nearestKey(schema, issues);
  throw new CutoverError(
    'REQUEST_INVALID',
    `${first?.path ?? where}: ${first?.message ?? 'is not understood'}`,
    {
      hint: hint ?? 'see /api/v1/openapi.json',
      details: { problems },
    },
  );
}

function nearestKey(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): string | undefined {
  const [unknown] = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const shape = 'shape' in schema && typeof schema.shape === 'object' ? (schema.shape ?? {}) : {};
  const near = unknown === undefined ? undefined : suggest(unknown, Object.keys(shape));
  return near === undefined ? undefined : `did you mean "${near}"?`;
}
