import { causeKey, holdBackAt, type HoldBack } from '../schedule/index.ts';
import { dateText, localTime } from '../kernel/index.ts';
import type { CutoverEvent } from './events.ts';
import { isExposed } from './evolve.ts';
import type { PlacedStep } from './following.ts';
import { activeRun, type Run, type State } from './state.ts';

/** Whether a run may enter its next step now, and what is logged if not. `look`: not before a look that passes. */
export type Entrance =
  | { readonly kind: 'open' }
  | { readonly kind: 'look' }
  | { readonly kind: 'delayed'; readonly events: readonly CutoverEvent[] };

/**
 * What the plan's days, windows and freezes say about the next step. Nothing of it ever holds a rollback back: it is
 * asked only about what begins or is raised. On the clock of a rehearsal, where an hour takes moments, days and windows
 * of the calendar have no meaning and are not asked.
 *
 * A delay may be long, and what passed before it is no evidence of now: a raise that waited needs a look that passes
 * from after the wait, where anything is exposed that could be looked at.
 *
 * @param now wall clock, milliseconds
 */
export function entranceOf(state: State, run: Run, next: PlacedStep, now: number): Entrance {
  if (run.timeScale !== 1) return { kind: 'open' };
  const held = holdBackOf(state, run, next, now);
  const at = { phase: next.phase.id, step: next.step.id };
  if (held !== null) {
    const { causes, until } = held;
    const events = isSameDelay(run, held)
      ? []
      : [{ kind: 'run.delayed', ...at, causes, until, now } as const];
    return { kind: 'delayed', events };
  }
  if (run.delay === null) return { kind: 'open' };
  if (!run.delay.over) return { kind: 'delayed', events: [{ kind: 'delay.ended', ...at }] };
  const isSeen = isExposed(state.routing) && (run.plan.gates['matrix'] ?? []).length > 0;
  return next.step.kind === 'expose' && isSeen && run.look?.verdict !== 'pass'
    ? { kind: 'look' }
    : { kind: 'open' };
}

/** What holds a run back at this moment, as the log has it; `null` when nothing does. */
export function delayOf(state: State): HoldBack | null {
  const run = activeRun(state);
  if (run === null || run.delay === null || run.delay.over || run.status !== 'running') return null;
  const { causes, until, overridden } = run.delay;
  const open = causes.filter((cause) => !overridden.includes(causeKey(cause)));
  return open.length === 0 ? null : { causes: open, until };
}

/** Date of day 1: what the log says, else the day on which the run started. */
export function dayOneOf({ dayOne, startedAt, plan }: Run): string {
  return dayOne ?? dateText(localTime(startedAt, plan.schedule.timeZone).date);
}

/** What the plan's days, windows and freezes say about the next step at this moment, logged or not. */
export function holdBackOf(
  state: State,
  run: Run,
  { phase, step }: PlacedStep,
  now: number,
): HoldBack | null {
  if (run.timeScale !== 1) return null;
  const overridden = run.delay?.overridden ?? [];
  const entry = {
    environment: state.routing?.environment ?? '',
    dayOne: dayOneOf(run),
    phase,
    step,
    begins: phase.id !== run.position?.phase,
  };
  return holdBackAt(run.plan, entry, now, (cause) => overridden.includes(causeKey(cause)));
}

/** A window that closed again before the run got through it opens at another time: that is said, too. */
function isSameDelay({ delay }: Run, { causes, until }: HoldBack): boolean {
  if (delay === null || delay.over || delay.until !== until) return false;
  return delay.causes.map(causeKey).join() === causes.map(causeKey).join();
}
