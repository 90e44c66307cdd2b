import type { MeasureAnswer } from '../../gate/index.ts';
import type { AskedMetric, PrometheusServer } from '../../plan/index.ts';
import { type Environment, sendRequest } from '../request.ts';
import { countersOfVector, numberOfVector, PART_LABEL } from './from-vector.ts';

type PrometheusMetric = Extract<AskedMetric, { kind: 'prometheus' }>;

/** An instant query answers with some series; one with more than this selects too much. Bytes. */
const MOST_BODY = 5_000_000;

/**
 * One instant query at the server's own time. Both parts of a share are asked as one query, so that they are of one moment.
 *
 * @throws Error when nobody answers
 */
export async function askPrometheus(
  { url, headers, maxAgeMs }: PrometheusServer,
  metric: PrometheusMetric,
  { env, signal }: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<MeasureAnswer> {
  const part = metric.bad === null ? 'good' : 'bad';
  const form = new URLSearchParams({
    query: queryOf(metric, part, maxAgeMs),
    timeout: `${metric.timeoutMs}ms`,
    // A series that was scraped longer ago is not there, for servers that know this.
    lookback_delta: `${Math.ceil(maxAgeMs / 1_000)}s`,
  });
  const { status, body, isCut, redact } = await sendRequest(
    { method: 'POST', url, headers, body: null, timeoutMs: metric.timeoutMs },
    {
      signal,
      env,
      most: MOST_BODY,
      path: '/api/v1/query',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: form.toString(),
    },
  );
  const nothing = (why: string): MeasureAnswer => ({ kind: 'nothing', why: `Prometheus: ${redact(why)}` });
  const json = parsed(body);
  if (status !== 200) return nothing(`${status} ${errorOf(json)}`.trim());
  if (isCut) return nothing(`an answer of more than ${MOST_BODY} bytes`);
  const answer = metric.gives === 'counts' ? countersOfVector(json, part) : numberOfVector(json);
  return answer.kind === 'nothing' ? nothing(answer.why) : answer;
}

/** What a series is selected by, and nothing is done with it: only of such a one the time of its sample is known. */
const SELECTOR = /^\s*[a-zA-Z_:][\w:]*\s*(\{[^{}]*\})?\s*$/;

function queryOf(
  { query, bad, good, total }: PrometheusMetric,
  part: 'bad' | 'good',
  maxAgeMs: number,
): string {
  if (query !== null) return SELECTOR.test(query) ? fresh(query, maxAgeMs) : query;
  const labelled = (text: string, name: string): string =>
    `label_replace(${fresh(text, maxAgeMs)}, "${PART_LABEL}", "${name}", "", "")`;
  return `${labelled(bad ?? good ?? '', part)} or ${labelled(total ?? '', 'total')}`;
}

/** Servers that do not know `lookback_delta` give samples of five minutes ago. On lines of their own: a query may end with a comment. */
function fresh(text: string, maxAgeMs: number): string {
  return `((\n${text}\n) and (timestamp(\n${text}\n) >= time() - ${Math.ceil(maxAgeMs / 1_000)}))`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Prometheus says what is wrong with a query in JSON; what stands before it may say anything. */
function errorOf(json: unknown): string {
  if (typeof json !== 'object' || json === null || !('error' in json)) return '';
  return String(json.error).slice(0, 200);
}
