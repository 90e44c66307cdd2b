import { environmentPhases, type Phase, type Plan, type Position, type Step } from '../plan/index.ts';

/** A step with the phase that it is in. */
export type PlacedStep = { readonly phase: Phase; readonly step: Step };

/** The steps of an environment in their order. */
export function stepsOf(plan: Plan, environment: string): readonly PlacedStep[] {
  return environmentPhases(plan, environment).flatMap((phase) =>
    phase.steps.map((step) => ({ phase, step })),
  );
}

export function isAt({ phase, step }: PlacedStep, at: Position | null): boolean {
  return at !== null && phase.id === at.phase && step.id === at.step;
}

/** The step that a run enters next: the first one behind a position that nobody left out. `null` at the end. */
export function followingStep(
  plan: Plan,
  environment: string,
  at: Position | null,
  skipped: readonly Position[],
): PlacedStep | null {
  const all = stepsOf(plan, environment);
  const index = all.findIndex((one) => isAt(one, at));
  const ahead = all.slice(index + 1);
  return ahead.find((one) => !skipped.some((left) => isAt(one, left))) ?? null;
}
