import { dateNumber, weekdayOf } from '../kernel/index.ts';
import type { Schedule } from '../plan/index.ts';

/** Whether a plan's days fall on this date: on every one, or on working days only. */
export function isPlanDay({ count, workingDays, holidays }: Schedule, date: number): boolean {
  if (count === 'calendar') return true;
  return workingDays.includes(weekdayOf(date)) && !holidays.some((holiday) => dateNumber(holiday) === date);
}

/** The next date, from this one on, on which a plan's days fall. */
export function nextPlanDay(schedule: Schedule, date: number): number {
  let next = date;
  while (!isPlanDay(schedule, next)) next += 1;
  return next;
}

/**
 * The date of a day of the plan. Where working days are counted, day 1 is the first of them from `dayOne` on.
 *
 * @param day at least 1
 */
export function dateOfDay(schedule: Schedule, dayOne: number, day: number): number {
  if (schedule.count === 'calendar') return dayOne + day - 1;
  let date = nextPlanDay(schedule, dayOne);
  for (let counted = 1; counted < day; counted += 1) date = nextPlanDay(schedule, date + 1);
  return date;
}
