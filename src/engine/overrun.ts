import { latestBeginning } from '../schedule/index.ts';
import { environmentPhases, stepAt } from '../plan/index.ts';
import { dayOneOf } from './delay.ts';
import type { CutoverEvent } from './events.ts';
import type { Run } from './state.ts';

type Overrun = Extract<CutoverEvent, { kind: 'run.overran' }>;

/**
 * What takes longer than the plan expects, or has not begun when it should have: said once each. By the wall clock,
 * since that is what the people wait by; nothing else depends on it.
 *
 * @param now wall clock, milliseconds
 */
export function overrunsAt(run: Run, environment: string, now: number): readonly Overrun[] {
  const found = [
    ...stepOverrun(run, now),
    ...phaseOverrun(run, now),
    ...lateBeginning(run, environment, now),
  ];
  return found.filter(
    ({ of, phase, step }) =>
      !run.overran.some((said) => said.of === of && said.phase === phase && said.step === step),
  );
}

function stepOverrun(run: Run, now: number): readonly Overrun[] {
  const at = run.position === null ? undefined : stepAt(run.plan, run.position);
  const expectedMs = at?.step.expectedMs ?? null;
  if (at === undefined || expectedMs === null || run.step.done) return [];
  if (now - run.step.enteredAt <= expectedMs / run.timeScale) return [];
  return [overran('step', at.phase.id, at.step.id, expectedMs, null)];
}

function phaseOverrun(run: Run, now: number): readonly Overrun[] {
  const at = run.position === null ? undefined : stepAt(run.plan, run.position);
  const expectedMs = at?.phase.expectedMs ?? null;
  const isOver = run.step.done && at?.phase.steps.at(-1)?.id === at?.step.id;
  if (at === undefined || expectedMs === null || isOver) return [];
  if (now - run.phaseEnteredAt <= expectedMs / run.timeScale) return [];
  return [overran('phase', at.phase.id, null, expectedMs, null)];
}

/** The days of a plan have no meaning on the clock of a rehearsal. */
function lateBeginning(run: Run, environment: string, now: number): readonly Overrun[] {
  if (run.timeScale !== 1) return [];
  const phases = environmentPhases(run.plan, environment);
  const here = phases.findIndex(({ id }) => id === run.position?.phase);
  const next = phases
    .slice(here + 1)
    .find(({ steps, id }) => steps.some((step) => !isSkipped(run, id, step.id)));
  const latest = next === undefined ? null : latestBeginning(run.plan, dayOneOf(run), next);
  if (next === undefined || latest === null || now < latest) return [];
  return [overran('beginning', next.id, null, null, latest)];
}

function isSkipped({ skipped }: Run, phase: string, step: string): boolean {
  return skipped.some((one) => one.phase === phase && one.step === step);
}

function overran(
  of: Overrun['of'],
  phase: string,
  step: string | null,
  expectedMs: number | null,
  latest: number | null,
): Overrun {
  return { kind: 'run.overran', of, phase, step, expectedMs, latest };
}
