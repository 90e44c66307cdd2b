import { dateNumber, dateText, instantOf, localTime } from '../kernel/index.ts';
import type { Phase, Plan } from '../plan/index.ts';
import { dateOfDay, isPlanDay, nextPlanDay } from './days.ts';
import { freezesOf } from './freeze.ts';
import { openingAt, type Opening } from './window.ts';

const DAY_MS = 86_400_000;

/** When a phase begins, if everything before it is over by then. */
export type PhaseDates = {
  readonly phase: Phase;
  /** Dates `2026-11-24`. */
  readonly from: string;
  /** The last date that its holds need, at the least. */
  readonly to: string;
  /** Later it is late: `from` and its slack. */
  readonly latest: string;
  /** The opening of its window on that date or a later day of the plan, outside freezes. */
  readonly opening: Opening | null;
  /** The reason of the freeze in which it would begin. */
  readonly frozen: string | null;
};

/** The dates of the phases that have a day. @param dayOne `2026-11-17` */
export function phaseDates(plan: Plan, dayOne: string): readonly PhaseDates[] {
  const first = dateNumber(dayOne);
  if (first === undefined) return [];
  return plan.phases.flatMap((phase) => {
    if (phase.day === null) return [];
    const date = dateOfDay(plan.schedule, first, phase.day);
    return [
      {
        phase,
        from: dateText(date),
        to: dateText(date + Math.max(1, Math.ceil(holdsMs(phase) / DAY_MS)) - 1),
        latest: dateText(latestDate(plan, first, phase, phase.day)),
        opening: openingOf(plan, phase, date),
        frozen: frozenAt(plan, phase, instantOf(date, 0, plan.schedule.timeZone)),
      },
    ];
  });
}

/** The end of the last date on which a phase may begin without being late; `null` for one without a day. */
export function latestBeginning(plan: Plan, dayOne: string, phase: Phase): number | null {
  const first = dateNumber(dayOne);
  if (phase.day === null || first === undefined) return null;
  return instantOf(latestDate(plan, first, phase, phase.day) + 1, 0, plan.schedule.timeZone);
}

/** What its holds take at the least, milliseconds. */
export function holdsMs({ steps }: Phase): number {
  return steps.reduce((sum, step) => (step.kind === 'hold' ? sum + step.forMs : sum), 0);
}

function latestDate({ schedule }: Plan, first: number, { slackDays }: Phase, day: number): number {
  return dateOfDay(schedule, first, day + slackDays);
}

function openingOf(plan: Plan, phase: Phase, date: number): Opening | null {
  const window = phase.window === null ? undefined : plan.windows[phase.window];
  if (window === undefined) return null;
  const { schedule } = plan;
  let at = instantOf(date, 0, schedule.timeZone);
  for (let tries = 0; tries < 100; tries += 1) {
    const { opens, closes } = openingAt(window, at);
    // One that opened the evening before is open when the day begins.
    const begins = Math.max(opens, at);
    const frozen = freezesOf(plan, phase.environment).find(
      ({ from, until }) => begins >= from && begins < until,
    );
    const on = localTime(begins, schedule.timeZone).date;
    if (frozen === undefined && isPlanDay(schedule, on)) return { opens: begins, closes };
    at = frozen?.until ?? instantOf(nextPlanDay(schedule, on), 0, schedule.timeZone);
  }
  return null;
}

function frozenAt(plan: Plan, phase: Phase, at: number): string | null {
  const found = freezesOf(plan, phase.environment).find(({ from, until }) => at >= from && at < until);
  return found?.freeze.reason ?? null;
}
