import { oneOf } from './issue.ts';
import { type PathPart, type Problem, problemAt } from './problem.ts';
import type { ParsedPlan, ParsedRow, ParsedStep } from './schema.ts';

/** Every name that a plan refers to must be declared in it; the nearest one is suggested. */
export function checkNames(plan: ParsedPlan): readonly Problem[] {
  return [
    ...checkGateNames(plan),
    ...Object.entries(plan.metrics).flatMap(([name, metric]) =>
      'repositories' in metric ? repositoriesAt(plan, metric.repositories, ['metrics', name]) : [],
    ),
    ...checkRowMetrics(plan, plan.matrix, ['matrix']),
    ...checkPrecedence(plan),
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

/** Titles as looks record them: those of other gates than the matrix with their gate's name before them. */
function checkPrecedence(plan: ParsedPlan): readonly Problem[] {
  const rows = [
    ...plan.matrix.map(({ title }) => title),
    ...Object.entries(plan.gates).flatMap(([gate, own]) => own.map(({ title }) => `${gate}: ${title}`)),
  ];
  const known = Object.fromEntries(rows.map((title) => [title, true]));
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
