import type { Phase, Step } from '../plan/index.ts';
import type { Run } from './state.ts';

/** The hold that a decision to hold on begins again: the last one before it that nobody left out. */
export function holdAgain(phase: Phase, decision: Step, { skipped }: Pick<Run, 'skipped'>): Step | undefined {
  const isLeftOut = ({ id }: Step): boolean =>
    skipped.some((left) => left.phase === phase.id && left.step === id);
  return phase.steps
    .slice(0, phase.steps.indexOf(decision))
    .findLast((step) => step.kind === 'hold' && !isLeftOut(step));
}
