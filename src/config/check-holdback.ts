import { type PathPart, type Problem, problemAt } from './problem.ts';
import type { ParsedPlan, ParsedStep } from './schema.ts';

type Expose = ParsedStep & { kind: 'expose' };

/** Of one repository: the step that holds keys of it back, `null` once they are released. */
type Held = { readonly path: readonly PathPart[]; readonly percent: number } | null;

/** A holdback belongs to a full exposure, is of keys, and is released before the environment is through. */
export function checkHoldback(plan: ParsedPlan): readonly Problem[] {
  const held = new Map<string, Map<string, Held>>();
  const misplaced = plan.phases.flatMap((phase, index) => {
    const here = held.get(phase.environment) ?? new Map<string, Held>();
    held.set(phase.environment, here);
    return phase.steps.flatMap((step, number) => {
      if (step.kind !== 'expose') return [];
      const path = ['phases', index, 'steps', number, 'holdback'];
      const now = step.holdback === undefined ? null : { path, percent: step.holdback / 100 };
      for (const name of step.repositories ?? Object.keys(plan.repositories)) here.set(name, now);
      return step.holdback === undefined ? [] : misplacedIn(step, phase.pointOfNoReturn, path);
    });
  });
  return [...misplaced, ...[...held.values()].flatMap((here) => neverReleased([...here.values()]))];
}

function misplacedIn(
  { exposure, of }: Expose,
  isPastReturn: boolean,
  path: readonly PathPart[],
): readonly Problem[] {
  return [
    ...(isPastReturn
      ? [problemAt(path, 'behind the point of no return control may be unable to serve; release before it')]
      : []),
    ...(exposure === 10_000
      ? []
      : [
          problemAt(
            path,
            `the exposure is ${exposure / 100}, and the other ${100 - exposure / 100} percent are on control anyway; a holdback is of an exposure of 100`,
          ),
        ]),
    ...(of === 'instances'
      ? [
          problemAt(
            path,
            'keys are held back, not instances; write "users" or "traffic", or a lower exposure',
          ),
        ]
      : []),
  ];
}

/** A migration ends with everything on the candidate, and that is a step like any other: set, acknowledged, in the log. */
function neverReleased(ends: readonly Held[]): readonly Problem[] {
  const open = new Map(ends.flatMap((one) => (one === null ? [] : [[one.path.join('.'), one] as const])));
  return [...open.values()].map(({ path, percent }) =>
    problemAt(
      path,
      `the ${percent} percent are never released; add a step behind the hold that exposes the same at 100 without a holdback`,
    ),
  );
}
