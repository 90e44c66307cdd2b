import { instantOf, localTime, weekdayOf } from '../kernel/index.ts';
import type { RolloutWindow } from '../plan/index.ts';

/** A window is open from the first moment to before the second. Milliseconds since 1970-01-01 UTC. */
export type Opening = { readonly opens: number; readonly closes: number };

/**
 * The opening in which a moment is, or the next one after it. Each opening is one stretch of time, whatever clocks do in
 * it: it opens when they first show its beginning, and closes when they first show its end. One that lies wholly in
 * the hour that clocks leave out does not take place that day.
 */
export function openingAt(window: RolloutWindow, at: number): Opening {
  const { date } = localTime(at, window.timeZone);
  for (let day = date - 1; ; day += 1) {
    if (!window.days.includes(weekdayOf(day))) continue;
    const opening = openingOn(window, day);
    if (opening.closes > Math.max(at, opening.opens)) return opening;
  }
}

function openingOn({ fromMinute, toMinute, timeZone }: RolloutWindow, date: number): Opening {
  const end = toMinute <= fromMinute ? date + 1 : date;
  return {
    opens: instantOf(date, fromMinute, timeZone),
    closes: instantOf(end, toMinute, timeZone),
  };
}

/** The longest time between two openings, in days: 7 for a window of one day a week. */
export function longestGapDays({ days }: RolloutWindow): number {
  const week = Array.from({ length: 14 }, (_, day) => days.includes(weekdayOf(day)));
  let [gap, since] = [0, -Infinity];
  for (const [day, opens] of week.entries()) {
    if (opens && since >= 0) gap = Math.max(gap, day - since);
    if (opens) since = day;
  }
  return gap;
}
