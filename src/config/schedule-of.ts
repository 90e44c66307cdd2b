import type { RolloutWindow, Schedule } from '../plan/index.ts';
import type { ParsedPhase, ParsedPlan } from './schema.ts';

/** How days are counted; the slack of its phases is in each of them. */
export function scheduleOf({ schedule }: ParsedPlan): Schedule {
  const { timeZone, count, workingDays, holidays } = schedule;
  return { timeZone, count, workingDays, holidays };
}

export function windowOf(
  { days, from, to, timeZone }: ParsedPlan['windows'][string],
  plan: ParsedPlan,
): RolloutWindow {
  return { days, fromMinute: from, toMinute: to, timeZone: timeZone ?? plan.schedule.timeZone };
}

/** Days of a week, as the schedule counts them. */
export function weekLength({ count, workingDays }: ParsedPlan['schedule']): number {
  return count === 'working' ? workingDays.length : 7;
}

/** `week 2, day 4` is day 11, or 9 where a week has five working days. */
export function planDay({ day }: ParsedPhase, { schedule }: ParsedPlan): number | null {
  return day === undefined ? null : ((day.week ?? 1) - 1) * weekLength(schedule) + day.day;
}

/** A part of a day is a whole one. */
export function slackDays(phase: ParsedPhase, { schedule }: ParsedPlan, day: number | null): number {
  const slack = phase.slack ?? schedule.slack;
  return 'days' in slack ? slack.days : Math.ceil((day ?? 0) * slack.share);
}
