import { formatDuration } from '../kernel/index.ts';
import type { AskedMetric, Plan, Row } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** Rows on what somebody else measures, and could not be answered as they are asked. */
export function findUnanswerable(plan: Plan): readonly Finding[] {
  return Object.entries(plan.gates).flatMap(([gate, rows]) =>
    rows.flatMap((row) => {
      const metric = plan.metrics[row.metric];
      if (metric === undefined || !('gives' in metric)) return [];
      const where = gate === 'matrix' ? `row "${row.title}"` : `gate ${gate}, row "${row.title}"`;
      return [
        ...sideFindings(where, row, metric),
        ...columnFindings(where, metric),
        ...rhythmFindings(plan, where, metric),
      ];
    }),
  );
}

function never(where: string, message: string, fix: string): Finding {
  return { rule: 'never-passes', severity: 'error', where, message, fix };
}

/** Where sides are told apart somebody has to say the word. */
function sideFindings(where: string, { against }: Row, metric: AskedMetric): readonly Finding[] {
  if (against !== 'control') return [];
  const query = metric.kind === 'sql' || metric.kind === 'prometheus' ? metric.query : null;
  // Series carry their labels unless an aggregation takes them away.
  const tells =
    query === null || /\bside\b/i.test(query) || (metric.kind === 'prometheus' && !AGGREGATES.test(query));
  if (tells) return [];
  return [
    never(
      where,
      'it compares with control, and its query never says "side": there is no control in the answer',
      metric.kind === 'sql'
        ? 'group by a column named "side" that is control or candidate'
        : 'aggregate by (side), or compare with a value',
    ),
  ];
}

const AGGREGATES = /\b(sum|avg|min|max|count|quantile|group|stddev|topk|bottomk)\b/;

function columnFindings(where: string, metric: AskedMetric): readonly Finding[] {
  if (metric.kind !== 'sql' || metric.gives === 'number') return [];
  const { query } = metric;
  // A star may give any column.
  if (/\*\s*(from|,)/i.test(query) && !/count\s*\(\s*\*/i.test(query)) return [];
  const missing = [
    ...(/\btotal\b/i.test(query) ? [] : ['total']),
    ...(/\b(bad|good)\b/i.test(query) ? [] : ['bad or good']),
  ];
  if (missing.length === 0) return [];
  return [
    never(
      where,
      `its query gives ${metric.gives === 'share' ? 'a share' : 'counts'} and names no column ${missing.join(' and no column ')}`,
      'name the columns: select count(*) filter (where …) as bad, count(*) as total',
    ),
  ];
}

/** A growth is between two answers, and both have to be in the window. */
function rhythmFindings(
  { measure }: Plan,
  where: string,
  { gives, everyMs, timeoutMs }: AskedMetric,
): readonly Finding[] {
  const { windowMs } = measure;
  const isSeldom = gives === 'counts' && everyMs >= windowMs;
  return [
    ...(isSeldom
      ? [
          never(
            where,
            `counters are asked for every ${formatDuration(everyMs)}, and a window of ${formatDuration(windowMs)} holds no growth between two answers`,
            'ask more often, or make measure.window longer than twice `every`',
          ),
        ]
      : []),
    ...(timeoutMs > everyMs
      ? [
          {
            rule: 'never-passes' as const,
            severity: 'warning' as const,
            where,
            message: `an answer may take ${formatDuration(timeoutMs)}, and the next one is due after ${formatDuration(everyMs)}`,
            fix: 'write a timeout that is not longer than every',
          },
        ]
      : []),
  ];
}
