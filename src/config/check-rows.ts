import { givesOf, isAsked } from './asked-of.ts';
import { type PathPart, type Problem, problemAt, show } from './problem.ts';
import type { ParsedMetric, ParsedPlan, ParsedRow } from './schema.ts';
import type { Limit } from './values.ts';

type Against = ParsedRow['against'];
/** What a limit counts. A bare number fits every dimension. */
type Dimension = 'ratio' | 'time' | 'bytes' | 'count';

/** What each metric can be compared with: only calls have a control side, only a gauge has a growth. */
const COMPARABLE: Readonly<Record<ParsedMetric['kind'], readonly Against[]>> = {
  errorRate: ['value', 'baseline', 'control'],
  latency: ['value', 'baseline', 'control'],
  gauge: ['value', 'baseline', 'control', 'hour'],
  endpointErrors: ['value', 'baseline', 'control'],
  endpointLatency: ['value', 'baseline', 'control'],
  clientErrors: ['value', 'baseline', 'control'],
  pageLoad: ['value', 'baseline', 'control'],
  mismatchRate: ['value'],
  counter: ['value'],
  newErrors: ['value'],
  probeFailures: ['value'],
  probeTime: ['value'],
  sql: ['value', 'control'],
  http: ['value'],
  prometheus: ['value', 'control'],
};

/** What is known of control alone. */
const OF_CONTROL: ReadonlySet<ParsedMetric['kind']> = new Set([
  'errorRate',
  'latency',
  'gauge',
  'mismatchRate',
]);

/** A row must be able to be green, and its limits must be of what it measures. */
export function checkRows(plan: ParsedPlan): readonly Problem[] {
  const lists: readonly { readonly path: readonly PathPart[]; readonly rows: readonly ParsedRow[] }[] = [
    { path: ['matrix'], rows: plan.matrix },
    ...Object.entries(plan.gates).map(([name, rows]) => ({ path: ['gates', name], rows })),
    { path: ['rollback', 'confirm', 'rows'], rows: plan.rollback.confirm?.rows ?? [] },
  ];
  const expected = Object.entries(plan.metrics).flatMap(([name, metric]) =>
    checkLimit(metric.expected, dimensionOf(metric), 'value', ['metrics', name, 'expected']),
  );
  const misfits = lists.flatMap(({ path, rows }) =>
    rows.flatMap((row, index) => {
      const metric = plan.metrics[row.metric];
      return [
        ...checkTitle(row, rows.slice(0, index), [...path, index]),
        ...(metric === undefined ? [] : checkRow(row, metric, [...path, index])),
      ];
    }),
  );
  return [...expected, ...misfits, ...checkConfirm(plan)];
}

/** After a rollback there is no candidate: its rows judge control, and nothing that only the candidate has. */
function checkConfirm({ rollback: { confirm }, metrics }: ParsedPlan): readonly Problem[] {
  if (confirm === undefined) return [];
  const path = ['rollback', 'confirm'];
  const tooLong = confirm.within !== undefined && confirm.within < confirm.for;
  return [
    ...(tooLong ? [problemAt([...path, 'within'], 'is over before `for` is')] : []),
    ...confirm.rows.flatMap((row, index) => {
      const kind = metrics[row.metric]?.kind;
      const at = [...path, 'rows', index];
      return [
        ...(row.against === 'control'
          ? [problemAt([...at, 'against'], 'control is what is judged here: write "value" or "baseline"')]
          : []),
        ...(kind !== undefined && !OF_CONTROL.has(kind)
          ? [
              problemAt(
                [...at, 'metric'],
                `${show(row.metric)} of kind ${kind} is not known of control alone`,
              ),
            ]
          : []),
      ];
    }),
  ];
}

/** What earlier looks saw of a row is remembered by its title. */
function checkTitle(
  row: ParsedRow,
  before: readonly ParsedRow[],
  path: readonly PathPart[],
): readonly Problem[] {
  if (!before.some(({ title }) => title === row.title)) return [];
  return [problemAt([...path, 'title'], `${show(row.title)} is the title of a row before it`)];
}

function checkRow(row: ParsedRow, metric: ParsedMetric, path: readonly PathPart[]): readonly Problem[] {
  const allowed = COMPARABLE[metric.kind];
  if (!allowed.includes(row.against)) {
    const what = `${show(row.against)} does not fit a metric of kind ${metric.kind}`;
    return [problemAt([...path, 'against'], `${what}, which compares with ${allowed.join(', ')}`)];
  }
  const own = dimensionOf(metric);
  const compared = row.against === 'baseline' || row.against === 'control' ? 'ratio' : own;
  return [
    ...checkLimit(row.yellow, compared, row.against, [...path, 'yellow']),
    ...checkLimit(row.red, compared, row.against, [...path, 'red']),
    ...checkLimit(row.minChange, own, row.against === 'hour' ? 'hour' : 'value', [...path, 'minChange']),
    ...checkErrorRate(row, metric, path),
    ...(row.yellow !== undefined && row.yellow.value > row.red.value
      ? [problemAt([...path, 'yellow'], `${show(row.yellow.written)} is above red, ${show(row.red.written)}`)]
      : []),
  ];
}

/** An error rate is 0..1, so a limit of 5 was meant as 5 % and would never be reached. */
function checkErrorRate(row: ParsedRow, metric: ParsedMetric, path: readonly PathPart[]): readonly Problem[] {
  if (metric.kind === 'mismatchRate' || dimensionOf(metric) !== 'ratio') return [];
  // A ratio that somebody else computes may be of anything; only a share is of a whole.
  if (isAsked(metric) && givesOf(metric) === 'number') return [];
  if (metric.kind === 'gauge' || row.against !== 'value' || row.red.value < 1) return [];
  return [
    problemAt(
      [...path, 'red'],
      `${show(row.red.written)} is never exceeded: ${metric.kind === 'errorRate' ? 'an error rate' : 'a share of failures'} is 0..1; write "5%" or 0.05`,
    ),
  ];
}

function checkLimit(
  limit: Limit | undefined,
  expected: Dimension,
  against: Against,
  path: readonly PathPart[],
): readonly Problem[] {
  if (limit === undefined || typeof limit.written === 'number') return [];
  const written = dimensionWritten(limit.written);
  if (written !== undefined && written !== expected) {
    return [problemAt(path, `${show(limit.written)} is not ${DIMENSION_WORDS[expected]}`)];
  }
  const perHour = limit.written.trimEnd().endsWith('/h');
  if (perHour && against !== 'hour') {
    return [problemAt(path, `${show(limit.written)} is a growth per hour; write against: "hour" for that`)];
  }
  return [];
}

const DIMENSION_WORDS: Readonly<Record<Dimension, string>> = {
  ratio: 'a ratio: write "5%" or 0.05',
  time: 'a time: write "75ms" or 75',
  bytes: 'a size: write "150MB"',
  count: 'a count: write a number',
};

function dimensionOf(metric: ParsedMetric): Dimension {
  switch (metric.kind) {
    case 'errorRate':
    case 'probeFailures':
    case 'mismatchRate':
    case 'endpointErrors':
    case 'clientErrors':
      return 'ratio';
    case 'latency':
    case 'endpointLatency':
    case 'pageLoad':
    case 'probeTime':
      return 'time';
    case 'sql':
    case 'http':
    case 'prometheus':
      return askedDimension(metric);
    case 'gauge':
      return GAUGE_DIMENSION[metric.gauge];
    case 'counter':
    case 'newErrors':
      return 'count';
  }
}

function askedDimension(metric: Extract<ParsedMetric, { kind: 'sql' | 'http' | 'prometheus' }>): Dimension {
  if (givesOf(metric) !== 'number') return 'ratio';
  if (metric.unit === 'ms' || metric.unit === 's') return 'time';
  return metric.unit ?? 'count';
}

const GAUGE_DIMENSION: Readonly<Record<(ParsedMetric & { kind: 'gauge' })['gauge'], Dimension>> = {
  rss: 'bytes',
  heap: 'bytes',
  cpu: 'ratio',
  eventLoopDelay: 'time',
  connections: 'count',
};

function dimensionWritten(written: string): Dimension | undefined {
  if (written.includes('%')) return 'ratio';
  if (written.includes('B')) return 'bytes';
  return /s\s*(\/h)?\s*$/.test(written) ? 'time' : undefined;
}
