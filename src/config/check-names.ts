import { oneOf } from './issue.ts';
import { type PathPart, type Problem, problemAt } from './problem.ts';
import type { ParsedPlan, ParsedRow, ParsedStep } from './schema.ts';

/** Every name that a plan refers to must be declared in it; the nearest one is suggested. */
export function checkNames(plan: ParsedPlan): readonly Problem[] {
  return [
    ...checkGateNames(plan),
    ...Object.entries(plan.metrics).flatMap(([name, metric]) =>
      'probe' in metric
        ? named(metric.probe, plan.probes, ['metrics', name, 'probe'])
        : metric.kind === 'sql'
          ? named(metric.database, plan.databases, ['metrics', name, 'database'])
          : 'repositories' in metric
            ? repositoriesAt(plan, metric.repositories, ['metrics', name])
            : [],
    ),
    ...checkRowMetrics(plan, plan.matrix, ['matrix']),
    ...checkPrecedence(plan),
    ...checkRollback(plan),
    ...checkContingencies(plan),
    ...Object.entries(plan.gates).flatMap(([name, rows]) => checkRowMetrics(plan, rows, ['gates', name])),
    ...plan.phases.flatMap((phase, index) => [
      ...named(phase.environment, plan.environments, ['phases', index, 'environment']),
      ...phase.needs.checklists.flatMap((name, place) =>
        named(name, plan.checklists, ['phases', index, 'needs', 'checklists', place]),
      ),
      ...phase.steps.flatMap((step, number) => checkStep(plan, step, ['phases', index, 'steps', number])),
    ]),
  ];
}

function checkGateNames(plan: ParsedPlan): readonly Problem[] {
  if (!Object.hasOwn(plan.gates, 'matrix')) return [];
  return [
    problemAt(['gates', 'matrix'], 'the name is taken by the decision matrix; write its rows under `matrix`'),
  ];
}

/** Rows by their titles as looks record them: those of other gates than the matrix with their gate's name before them. */
function rowsByTitle(plan: ParsedPlan): Readonly<Record<string, ParsedRow>> {
  return Object.fromEntries([
    ...plan.matrix.map((row) => [row.title, row] as const),
    ...Object.entries(plan.gates).flatMap(([gate, own]) =>
      own.map((row) => [`${gate}: ${row.title}`, row] as const),
    ),
  ]);
}

function checkRollback(plan: ParsedPlan): readonly Problem[] {
  const { checklist, confirm } = plan.rollback;
  return [
    ...(checklist === undefined ? [] : named(checklist, plan.checklists, ['rollback', 'checklist'])),
    ...checkRowMetrics(plan, confirm?.rows ?? [], ['rollback', 'confirm', 'rows']),
  ];
}

function checkContingencies(plan: ParsedPlan): readonly Problem[] {
  const rows = rowsByTitle(plan);
  const roles = Object.fromEntries(plan.people.contacts.map(({ role }) => [role, true]));
  return Object.entries(plan.contingencies).flatMap(([name, { rows: titles, tell, heapSnapshot }]) => {
    const path = ['contingencies', name];
    const isOnMemory = titles.some((title) => {
      const metric = plan.metrics[rows[title]?.metric ?? ''];
      return metric?.kind === 'gauge' && (metric.gauge === 'rss' || metric.gauge === 'heap');
    });
    return [
      ...titles.flatMap((title, index) => named(title, rows, [...path, 'rows', index])),
      ...tell.flatMap((role, index) => named(role, roles, [...path, 'tell', index])),
      ...(heapSnapshot && !isOnMemory
        ? [
            problemAt(
              [...path, 'heapSnapshot'],
              'needs a row on the gauge rss or heap: it says which instance to ask',
            ),
          ]
        : []),
    ];
  });
}

function checkPrecedence(plan: ParsedPlan): readonly Problem[] {
  const known = rowsByTitle(plan);
  return plan.precedence.flatMap((title, index) => named(title, known, ['precedence', index]));
}

function checkRowMetrics(
  plan: ParsedPlan,
  rows: readonly ParsedRow[],
  path: readonly PathPart[],
): readonly Problem[] {
  return rows.flatMap((row, index) => named(row.metric, plan.metrics, [...path, index, 'metric']));
}

function checkStep(plan: ParsedPlan, step: ParsedStep, path: readonly PathPart[]): readonly Problem[] {
  switch (step.kind) {
    case 'expose':
    case 'shadow':
      return repositoriesAt(plan, step.repositories, path);
    case 'hold':
    case 'gate':
    case 'decision':
      return named(step.gate, { matrix: plan.matrix, ...plan.gates }, [...path, 'gate']);
    case 'sql':
      return named(step.database, plan.databases, [...path, 'database']);
    default:
      return [];
  }
}

function repositoriesAt(
  plan: ParsedPlan,
  names: readonly string[] | undefined,
  path: readonly PathPart[],
): readonly Problem[] {
  return (names ?? []).flatMap((name, index) =>
    named(name, plan.repositories, [...path, 'repositories', index]),
  );
}

function named(
  name: string,
  known: Readonly<Record<string, unknown>>,
  path: readonly PathPart[],
): readonly Problem[] {
  return Object.hasOwn(known, name) ? [] : [problemAt(path, oneOf(name, Object.keys(known)))];
}
