import { stepIds } from './plan-of.ts';
import { oneOf } from './issue.ts';
import { type PathPart, type Problem, problemAt } from './problem.ts';
import type { ParsedPhase, ParsedPlan, ParsedStep } from './schema.ts';

/** What must hold between phases, and between the steps of one. */
export function checkPhases(plan: ParsedPlan): readonly Problem[] {
  return [
    ...repeatedIds(
      plan.phases.map((phase) => phase.id),
      (index) => ['phases', index, 'id'],
    ),
    ...checkOrder(plan),
    ...plan.phases.flatMap((phase, index) => checkSteps(plan, phase, ['phases', index, 'steps'])),
  ];
}

/** Phases follow the order of `environments`, so the phases of one stand together. */
function checkOrder(plan: ParsedPlan): readonly Problem[] {
  const order = Object.keys(plan.environments);
  let furthest = 0;
  return plan.phases.flatMap((phase, index) => {
    const place = order.indexOf(phase.environment);
    if (place === -1 || place >= furthest) {
      furthest = Math.max(furthest, place);
      return [];
    }
    const after = `comes after a phase in ${JSON.stringify(order[furthest])}`;
    return [
      problemAt(
        ['phases', index, 'environment'],
        `${JSON.stringify(phase.environment)} ${after}; the order of environments is ${order.join(', ')}`,
      ),
    ];
  });
}

function checkSteps(plan: ParsedPlan, phase: ParsedPhase, path: readonly PathPart[]): readonly Problem[] {
  return [
    ...repeatedIds(stepIds(phase.steps), (index) => [...path, index, 'id']),
    ...phase.steps.flatMap((step, index) => {
      const at = [...path, index];
      if (step.kind === 'decision') return checkDecision(plan, step, phase.steps.slice(0, index), at);
      if (step.kind === 'shadow') return checkOneStore(plan, at);
      if (step.kind === 'expose') return checkByEnvironment(plan, step, at);
      return step.kind === 'gate' || step.kind === 'hold' ? checkNotEmpty(plan, step.gate, at) : [];
    }),
  ];
}

function checkDecision(
  plan: ParsedPlan,
  step: ParsedStep & { kind: 'decision' },
  before: readonly ParsedStep[],
  path: readonly PathPart[],
): readonly Problem[] {
  const { auto, options } = step;
  const holdBefore = before.some(({ kind }) => kind === 'hold');
  return [
    ...(auto === undefined ? [] : checkNotEmpty(plan, step.gate, path)),
    ...(auto === undefined || Object.hasOwn(options, auto)
      ? []
      : [problemAt([...path, 'auto'], oneOf(auto, Object.keys(options)))]),
    ...Object.entries(options).flatMap(([option, outcome]) =>
      outcome === 'hold' && !holdBefore
        ? [
            problemAt(
              [...path, 'options', option],
              '"hold" repeats the hold before it, and this phase has none',
            ),
          ]
        : [],
    ),
  ];
}

/**
 * A look judges the matrix and the named gate behind it. Without a row it never passes, and whatever waits for it
 * would wait for ever.
 */
function checkNotEmpty(plan: ParsedPlan, gate: string, path: readonly PathPart[]): readonly Problem[] {
  const named = gate === 'matrix' ? [] : (plan.gates[gate] ?? []);
  if (plan.matrix.length > 0 || named.length > 0) return [];
  return [problemAt([...path, 'gate'], `${JSON.stringify(gate)} has no row to judge, so it never passes`)];
}

/** With two databases every difference could be one of the data. */
function checkOneStore({ topology }: ParsedPlan, path: readonly PathPart[]): readonly Problem[] {
  if (topology === 'same-store') return [];
  return [
    problemAt(
      [...path, 'kind'],
      `"shadow" compares two sides of one database; the topology is ${JSON.stringify(topology)}`,
    ),
  ];
}

/** `by: 'environment'` turns whole instances on by a variable, so it needs instances and a variable. */
function checkByEnvironment(
  plan: ParsedPlan,
  step: ParsedStep & { kind: 'expose' },
  path: readonly PathPart[],
): readonly Problem[] {
  if (step.by === 'flag') return [];
  const lacking =
    step.repositories === undefined
      ? plan.flag?.env === undefined && ['flag.env']
      : step.repositories
          .filter((name) => plan.repositories[name]?.env === undefined)
          .map((n) => `repositories.${n}.env`);
  return [
    ...(step.of === 'instances'
      ? []
      : [
          problemAt(
            [...path, 'of'],
            `${JSON.stringify(step.of)} cannot be turned on by environment; write "instances"`,
          ),
        ]),
    ...(lacking === false || lacking.length === 0
      ? []
      : [problemAt([...path, 'by'], `"environment" needs the variable's name in ${lacking.join(', ')}`)]),
  ];
}

function repeatedIds(
  ids: readonly string[],
  path: (index: number) => readonly PathPart[],
): readonly Problem[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [problemAt(path(index), `${JSON.stringify(id)} is taken by number ${ids.indexOf(id)}`)],
  );
}
