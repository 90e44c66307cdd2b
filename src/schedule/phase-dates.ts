import { dateNumber, dateText, instantOf } from '../kernel/index.ts';
import type { Phase, Plan } from '../plan/index.ts';
import { dateOfDay } from './days.ts';
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
  /** The opening of its window on that date or after it, outside freezes. */
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
  let at = instantOf(date, 0, plan.schedule.timeZone);
  for (let tries = 0; tries < 100; tries += 1) {
    const opening = openingAt(window, at);
    const frozen = freezesOf(plan, phase.environment).find(
      ({ from, until }) => opening.opens >= from && opening.opens < until,
    );
    if (frozen === undefined) return opening;
    at = frozen.until;
  }
  return null;
}

function frozenAt(plan: Plan, phase: Phase, at: number): string | null {
  const found = freezesOf(plan, phase.environment).find(({ from, until }) => at >= from && at < until);
  return found?.freeze.reason ?? null;
}
