import type { Run, State } from '../engine/index.ts';
import { environmentPhases, type Phase, type Plan, type Step } from '../plan/index.ts';

export type StepStatus = {
  readonly id: string;
  readonly kind: Step['kind'];
  readonly title: string;
  readonly state: 'done' | 'current' | 'ahead' | 'skipped';
  /** What a hold asks for, of observed time on the plan's clock, milliseconds; `null` for others. */
  readonly forMs: number | null;
  /** 0..1 for the current hold; `null` for others. */
  readonly progress: number | null;
};

export type PhaseStatus = {
  readonly id: string;
  readonly title: string;
  readonly risk: string | null;
  /** Once it is entered, sending traffic to control would lose data. */
  readonly pointOfNoReturn: boolean;
  readonly state: 'done' | 'current' | 'ahead';
  /** When this run came to it, the last time if it began again; `null` before that. */
  readonly enteredAt: number | null;
  /** When the run went on from it or was taken back in it. */
  readonly leftAt: number | null;
  readonly steps: readonly StepStatus[];
};

/** The phases of an environment, and how far its run is. */
export function phasesOf(plan: Plan, environment: string, state: State): readonly PhaseStatus[] {
  const { run } = state;
  const phases = environmentPhases(plan, environment);
  const stateOf = stepStates(phases, run);
  return phases.map((phase, index) => {
    const { id, title, risk, pointOfNoReturn } = phase;
    const steps = phase.steps.map((step) => stepStatus(step, stateOf(phase, step), run));
    const isDone = steps.every((step) => step.state === 'done' || step.state === 'skipped');
    const isAhead = steps.every((step) => step.state === 'ahead' || step.state === 'skipped');
    return {
      id,
      title,
      risk,
      pointOfNoReturn,
      state: isDone ? 'done' : isAhead ? 'ahead' : 'current',
      enteredAt: run?.phasesEnteredAt[id] ?? null,
      leftAt: leftAt(phases.slice(index), state),
      steps,
    };
  });
}

function stepStates(
  phases: readonly Phase[],
  run: Run | null,
): (phase: Phase, step: Step) => StepStatus['state'] {
  const all = phases.flatMap((phase) => phase.steps.map((step) => `${phase.id}/${step.id}`));
  const position = run?.position ?? null;
  const current = position === null ? -1 : all.indexOf(`${position.phase}/${position.step}`);
  return (phase, step) => {
    if (run?.skipped.some((one) => one.phase === phase.id && one.step === step.id) === true) return 'skipped';
    const index = all.indexOf(`${phase.id}/${step.id}`);
    if (run?.status === 'completed' || index < current) return 'done';
    return index === current ? (run?.step.done === true ? 'done' : 'current') : 'ahead';
  };
}

function stepStatus(step: Step, state: StepStatus['state'], run: Run | null): StepStatus {
  const { id, kind, title } = step;
  const forMs = step.kind === 'hold' ? step.forMs : null;
  const isHeld = forMs !== null && state === 'current' && run !== null;
  const progress = isHeld ? Math.min(1, run.step.heldMs / (forMs / run.timeScale)) : null;
  return { id, kind, title, state, forMs, progress };
}

/** @param phases the phase and those behind it */
function leftAt([phase, ...later]: readonly Phase[], { run, rollback }: State): number | null {
  if (run === null || phase === undefined) return null;
  const entered = run.phasesEnteredAt[phase.id];
  if (entered === undefined) return null;
  const following = later.flatMap(({ id }) => run.phasesEnteredAt[id] ?? []).filter((at) => at >= entered);
  if (following.length > 0) return Math.min(...following);
  if (run.status === 'completed' || run.status === 'rolling-back') return run.since;
  if (run.status !== 'rolled-back' || rollback === null) return null;
  // Behind the end of the run another rollback may have begun.
  return Math.min(rollback.startedAt, run.since);
}
