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

/** The exposure that a position is under: what was measured under another one is about something else. */
export type Stage = {
  readonly id: string;
  readonly ofInstances: boolean;
  /** Whose exposure it is; absent where it is that of all. */
  readonly repositories?: readonly string[];
};

/** The last step that exposes, of this environment, up to a position. */
export function stageAt(plan: Plan, at: Position | null): Stage {
  const environment = at === null ? undefined : stepAt(plan, at)?.phase.environment;
  const steps = environmentPhases(plan, environment ?? '').flatMap((phase) =>
    phase.steps.map((step) => ({ phase: phase.id, step })),
  );
  const index = steps.findIndex(({ phase, step }) => phase === at?.phase && step.id === at.step);
  const found = steps.slice(0, index + 1).findLast(({ step }) => step.kind === 'expose');
  if (found?.step.kind !== 'expose') return { id: '', ofInstances: false };
  const { id, of, repositories } = found.step;
  return {
    id: `${found.phase}/${id}`,
    ofInstances: of === 'instances',
    ...(repositories === null ? {} : { repositories }),
  };
}
