import type { MeasureAnswer } from '../../gate/index.ts';
import { CutoverError, describeError } from '../../kernel/index.ts';
import type { AskedMetric, Plan } from '../../plan/index.ts';
import { readDatabase, type DatabaseContext } from '../database/read.ts';
import { sendRequest } from '../request.ts';
import { answerOfBody } from './from-body.ts';
import { answerOfRows, MOST_ROWS } from './from-rows.ts';
import { askPrometheus } from './prometheus.ts';

/** A larger answer is no number, bytes. */
const MOST_BODY = 1_000_000;

type Context = DatabaseContext & { readonly signal: AbortSignal };

/** Asks for one metric that somebody else measures. Never rejects: what went wrong is why there is no data. */
export async function askMeasure(
  plan: Pick<Plan, 'databases' | 'prometheus'>,
  metric: AskedMetric,
  context: Context,
): Promise<MeasureAnswer> {
  try {
    switch (metric.kind) {
      case 'sql':
        return await askRows(plan, metric, context);
      case 'http':
        return await askBody(metric, context);
      case 'prometheus':
        return plan.prometheus === null
          ? { kind: 'nothing', why: 'the plan has no prometheus' }
          : await askPrometheus(plan.prometheus, metric, context);
    }
  } catch (error) {
    const code = error instanceof CutoverError ? `${error.code}: ` : '';
    return { kind: 'nothing', why: `${code}${describeError(error)}` };
  }
}

async function askRows(
  { databases }: Pick<Plan, 'databases'>,
  { database: name, query, gives, timeoutMs }: Extract<AskedMetric, { kind: 'sql' }>,
  context: Context,
): Promise<MeasureAnswer> {
  const database = databases[name];
  if (database === undefined) return { kind: 'nothing', why: `the plan has no database "${name}"` };
  const { signal } = context;
  const rows = await readDatabase(name, database, context, { query, most: MOST_ROWS, timeoutMs, signal });
  return answerOfRows(rows, gives);
}

async function askBody(
  { url, headers, path, timeoutMs }: Extract<AskedMetric, { kind: 'http' }>,
  { env, signal }: Context,
): Promise<MeasureAnswer> {
  const { status, body, isCut, redact } = await sendRequest(
    { method: 'GET', url, headers, body: null, timeoutMs },
    { signal, env, most: MOST_BODY },
  );
  const nothing = (why: string): MeasureAnswer => ({ kind: 'nothing', why: `GET ${url}: ${why}` });
  if (status !== 200) return nothing(`${status}, expected 200`);
  if (isCut) return nothing(`an answer of more than ${MOST_BODY} bytes`);
  const answer = answerOfBody(body, path);
  return answer.kind === 'nothing' ? nothing(redact(answer.why)) : answer;
}
