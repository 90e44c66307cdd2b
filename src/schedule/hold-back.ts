import { dateNumber, instantOf, localTime } from '../kernel/index.ts';
import type { Phase, Plan, Step } from '../plan/index.ts';
import { dateOfDay, nextPlanDay } from './days.ts';
import { freezeAt } from './freeze.ts';
import { openingAt } from './window.ts';

/** One thing that a run waits for before it goes on. */
export type Cause = {
  readonly kind: 'day' | 'window' | 'freeze';
  /** The window's name, the freeze's reason, `day 8`. */
  readonly name: string;
  /** When this one alone lets it go on. */
  readonly until: number;
  /** The time zone in which that is a time people know. */
  readonly timeZone: string;
};

/** What a run is about to do. */
export type Entry = {
  readonly environment: string;
  /** Date of day 1. */
  readonly dayOne: string;
  readonly phase: Phase;
  readonly step: Step;
  /** Whether the step is the first of its phase, so that entering it begins the phase. */
  readonly begins: boolean;
};

export type HoldBack = {
  readonly causes: readonly Cause[];
  /** When all of them let it go on; `null` when that is not to be seen. */
  readonly until: number | null;
};

/** So many openings and freezes later it is not to be seen. */
const MOST_CAUSES = 1_000;

/**
 * What keeps a run from its next step now: its phase's day or window, its exposure's window, a freeze. `null` when nothing
 * does. Whether one opens while another is closed again is seen to: `until` is a moment at which all of them let it go on.
 *
 * @param isOverridden causes that a person said not to wait for
 */
export function holdBackAt(
  plan: Plan,
  entry: Entry,
  now: number,
  isOverridden: (cause: Cause) => boolean = () => false,
): HoldBack | null {
  const causesAt = (at: number): readonly Cause[] =>
    causes(plan, entry, at).filter((cause) => !isOverridden(cause));
  const first = causesAt(now);
  if (first.length === 0) return null;
  let at = now;
  for (let tries = 0; tries < MOST_CAUSES; tries += 1) {
    const open = causesAt(at);
    if (open.length === 0) return { causes: first, until: at };
    at = Math.max(...open.map(({ until }) => until));
  }
  return { causes: first, until: null };
}

/** What makes two causes the same one, whenever they are looked at. */
export function causeKey({ kind, name }: Cause): string {
  return `${kind}: ${name}`;
}

function causes(plan: Plan, entry: Entry, at: number): readonly Cause[] {
  const { phase, step, begins, environment } = entry;
  const raises = step.kind === 'expose';
  const windows = [...(begins ? [phase.window] : []), ...(raises ? [step.window] : [])];
  return [
    ...(begins ? dayCause(plan, entry, at) : []),
    ...[...new Set(windows)].flatMap((name) => (name === null ? [] : windowCause(plan, name, at))),
    ...(begins || raises ? freezeCause(plan, environment, at) : []),
  ];
}

function dayCause({ schedule }: Plan, { dayOne, phase }: Entry, at: number): readonly Cause[] {
  const { timeZone } = schedule;
  const today = localTime(at, timeZone).date;
  const first = dateNumber(dayOne) ?? today;
  // A phase without a day begins when it can, but not before the plan does.
  const planned = phase.day === null ? first : dateOfDay(schedule, first, phase.day);
  const date = phase.day === null ? planned : nextPlanDay(schedule, Math.max(planned, today));
  if (date <= today) return [];
  return [{ kind: 'day', name: `day ${phase.day ?? 1}`, until: instantOf(date, 0, timeZone), timeZone }];
}

function windowCause({ windows }: Plan, name: string, at: number): readonly Cause[] {
  const window = windows[name];
  if (window === undefined) return [];
  const { opens } = openingAt(window, at);
  return opens <= at ? [] : [{ kind: 'window', name, until: opens, timeZone: window.timeZone }];
}

function freezeCause(plan: Plan, environment: string, at: number): readonly Cause[] {
  const frozen = freezeAt(plan, environment, at);
  if (frozen === undefined) return [];
  const { freeze, until } = frozen;
  return [{ kind: 'freeze', name: freeze.reason, until, timeZone: plan.schedule.timeZone }];
}
