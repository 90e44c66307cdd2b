import type { AskedMetric } from '../plan/index.ts';
import { type Problem, problemAt } from './problem.ts';
import type { ParsedMetric, ParsedPlan } from './schema.ts';

type ParsedAsked = Extract<ParsedMetric, { kind: 'sql' | 'http' | 'prometheus' }>;

export function isAsked(metric: ParsedMetric): metric is ParsedAsked {
  return metric.kind === 'sql' || metric.kind === 'http' || metric.kind === 'prometheus';
}

/** A number, a share of what is there now, or counters whose growth is a share. */
export function givesOf(metric: ParsedAsked): AskedMetric['gives'] {
  if (metric.kind === 'sql') return metric.gives;
  return metric.kind === 'prometheus' && metric.query === undefined ? 'counts' : 'number';
}

/** What is left out becomes `null`; a share is a ratio whatever it is of. */
export function askedOf(metric: ParsedAsked): AskedMetric {
  const { every: everyMs, timeout: timeoutMs, unit = 'count' } = metric;
  const expected = metric.expected?.value ?? null;
  const gives = givesOf(metric);
  const common = { expected, everyMs, timeoutMs, unit: gives === 'number' ? unit : ('ratio' as const) };
  switch (metric.kind) {
    case 'sql': {
      const { kind, database, query } = metric;
      return { ...common, kind, gives: metric.gives, database, query };
    }
    case 'http': {
      const { kind, url, headers, path = null } = metric;
      return { ...common, kind, gives: 'number', url, headers, path };
    }
    case 'prometheus': {
      const { kind, query = null, bad = null, good = null, total = null } = metric;
      return { ...common, kind, gives: query === null ? 'counts' : 'number', query, bad, good, total };
    }
  }
}

/** What a metric asks for has to be askable: there is somebody to ask, and the question is one of both kinds. */
export function checkAsked(plan: ParsedPlan): readonly Problem[] {
  return Object.entries(plan.metrics).flatMap(([name, metric]): readonly Problem[] => {
    if (!isAsked(metric)) return [];
    const path = ['metrics', name];
    const unit =
      metric.unit !== undefined && givesOf(metric) !== 'number'
        ? [problemAt([...path, 'unit'], 'is of a number; a share is a ratio')]
        : [];
    if (metric.kind !== 'prometheus') return unit;
    return [
      ...unit,
      ...(plan.prometheus === undefined
        ? [problemAt(path, 'has nobody to ask: write prometheus: { url: "${PROMETHEUS_URL}" } in the plan')]
        : []),
      ...(isOneQuestion(metric)
        ? []
        : [problemAt(path, 'is one of both: write query, or total and one of bad and good')]),
    ];
  });
}

function isOneQuestion({ query, bad, good, total }: Extract<ParsedAsked, { kind: 'prometheus' }>): boolean {
  const parts = [bad, good].filter((one) => one !== undefined).length;
  return query === undefined ? parts === 1 && total !== undefined : parts === 0 && total === undefined;
}
