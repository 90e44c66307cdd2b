import { canonicalJson, formatDuration } from '../kernel/index.ts';
import type { Phase, Plan, Position } from '../plan/index.ts';

/**
 * Why an edited plan cannot take the place of the running one; an empty list when it can. What was carried out
 * cannot be edited, and what decides who is on which side must not move under a run: the rest may change once a
 * person accepted it.
 *
 * @param position where the run stands: everything before it, and the step at it, is fixed. `null` before the first.
 */
export function checkCompatible(running: Plan, next: Plan, position: Position | null): readonly string[] {
  return [...checkFixed(running, next), ...(position === null ? [] : checkDone(running, next, position))];
}

/** What must stay for the life of a run, in the words that a person knows it by. */
function checkFixed(running: Plan, next: Plan): readonly string[] {
  const fixed = [
    ['id', running.id, next.id],
    ['topology', running.topology, next.topology],
    ['salt', running.salt, next.salt],
    ['flag', running.flag, next.flag],
    ['repositories and their flags', running.repositories, next.repositories],
    [
      'order of environments',
      running.environments.map(({ name }) => name),
      next.environments.map(({ name }) => name),
    ],
    ['lease', formatDuration(running.leaseMs), formatDuration(next.leaseMs)],
  ] as const;
  return fixed.flatMap(([what, before, after]) =>
    same(before, after)
      ? []
      : [`the ${what} cannot change during a run: ${canonicalJson(before)} -> ${canonicalJson(after)}`],
  );
}

function checkDone(running: Plan, next: Plan, position: Position): readonly string[] {
  const index = running.phases.findIndex(({ id }) => id === position.phase);
  return running.phases.slice(0, index + 1).flatMap((phase, place) => {
    const after = next.phases[place];
    if (after?.id !== phase.id) {
      return [`phase "${phase.id}" was carried out or is running; it must stay number ${place + 1}`];
    }
    return place < index ? checkPast(phase, after) : checkCurrent(phase, after, position.step);
  });
}

function checkPast(phase: Phase, after: Phase): readonly string[] {
  if (after.steps.length > phase.steps.length)
    return [`phase "${phase.id}" is over; no step can be added to it`];
  return checkBegun(phase, after, phase.steps.length);
}

function checkCurrent(phase: Phase, after: Phase, step: string): readonly string[] {
  return checkBegun(phase, after, phase.steps.findIndex(({ id }) => id === step) + 1);
}

/** The first `begun` steps of a phase, and what the phase says about all of them. */
function checkBegun(phase: Phase, after: Phase, begun: number): readonly string[] {
  const head = ({ environment, pointOfNoReturn }: Phase): unknown => ({ environment, pointOfNoReturn });
  const headReasons = same(head(phase), head(after))
    ? []
    : [`phase "${phase.id}" has begun; its environment and point of no return cannot change`];
  const stepReasons = phase.steps.slice(0, begun).flatMap((step, place) => {
    const edited = after.steps[place];
    if (edited?.id !== step.id)
      return [`step "${phase.id}/${step.id}" has begun; it must stay number ${place + 1}`];
    return same(step, edited) ? [] : [`step "${phase.id}/${step.id}" has begun and cannot change`];
  });
  return [...headReasons, ...stepReasons];
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
