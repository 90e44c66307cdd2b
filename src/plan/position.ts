import type { Phase, Plan, Step } from './plan.ts';

/** Where a run stands: ids, not indexes, so that an edited plan can be checked against it. */
export type Position = { readonly phase: string; readonly step: string };

/** The phases of one environment, in order. */
export function environmentPhases(plan: Plan, environment: string): readonly Phase[] {
  return plan.phases.filter((phase) => phase.environment === environment);
}

/** The phase and step at a position; `undefined` when the plan has none such. */
export function stepAt(plan: Plan, at: Position): { readonly phase: Phase; readonly step: Step } | undefined {
  const phase = plan.phases.find(({ id }) => id === at.phase);
  const step = phase?.steps.find(({ id }) => id === at.step);
  return phase === undefined || step === undefined ? undefined : { phase, step };
}
