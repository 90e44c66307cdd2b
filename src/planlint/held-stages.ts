import {
  environmentPhases,
  servedExposure,
  type ExposeStep,
  type HoldStep,
  type Plan,
} from '../plan/index.ts';

/** A hold, with what is exposed while it lasts. */
export type HeldStage = {
  /** Of the exposure: holds under the same one share it. */
  readonly id: string;
  readonly phase: string;
  readonly hold: HoldStep;
  /** Of the last exposure before it, 0..10000, without what is held back. */
  readonly exposure: number;
  readonly of: ExposeStep['of'];
  readonly holdback: number;
  /** `null` is all. */
  readonly repositories: readonly string[] | null;
  readonly strata: readonly {
    readonly repository: string;
    readonly callsPerSecond: number;
    readonly share: number;
    readonly isFaulty: boolean;
  }[];
};

/** The holds of an environment behind its first exposure, in order. @param rps of all repositories, evenly divided */
export function heldStages(plan: Plan, environment: string, rps: number): readonly HeldStage[] {
  const names = Object.keys(plan.repositories);
  const shares = new Map<string, number>();
  let last: { readonly id: string; readonly step: ExposeStep } | null = null;
  return environmentPhases(plan, environment).flatMap((phase) =>
    phase.steps.flatMap((step): readonly HeldStage[] => {
      if (step.kind === 'expose') {
        for (const name of step.repositories ?? names) shares.set(name, servedExposure(step) / 10_000);
        last = { id: `${phase.id}/${step.id}`, step };
      }
      if (step.kind !== 'hold' || last === null) return [];
      const { id, step: exposed } = last;
      const strata = names.map((repository) => ({
        repository,
        callsPerSecond: rps / names.length,
        share: shares.get(repository) ?? 0,
        isFaulty: exposed.repositories?.includes(repository) ?? true,
      }));
      const { of, holdback = 0, repositories } = exposed;
      const exposure = servedExposure(exposed);
      return [{ id, phase: phase.id, hold: step, exposure, of, holdback, repositories, strata }];
    }),
  );
}
