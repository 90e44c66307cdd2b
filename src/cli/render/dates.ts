import { dateNumber, weekdayOf } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { momentText, phaseDates, type PhaseDates } from '../../schedule/index.ts';
import type { Paint } from '../paint.ts';
import { type Cell, table } from './table.ts';
import { heading } from './text.ts';

/** Phases with their dates. None before a start is known, and none for a plan without days. */
export function dateLines(plan: Plan, dayOne: string | null, width: number, paint: Paint): readonly string[] {
  if (dayOne === null) return [];
  const dates = phaseDates(plan, dayOne);
  if (dates.length === 0) return [];
  return [
    `${heading('Dates', paint)}, day 1 is ${dayText(dayOne)}`,
    ...table(
      dates.map((one) => dateCells(plan, one)),
      width,
      paint,
    ),
  ];
}

function dateCells(plan: Plan, dates: PhaseDates): readonly Cell[] {
  const { phase, from, to, frozen } = dates;
  return [
    { text: phase.id },
    { text: `day ${phase.day}` },
    { text: from === to ? dayText(from) : `${dayText(from)} to ${to}` },
    frozen === null ? { text: noteOf(plan, dates) } : { text: `in the freeze "${frozen}"`, style: 'warning' },
  ];
}

/** What else is known of its beginning: when its window opens, or how late it may be. */
function noteOf(plan: Plan, { phase, opening, latest }: PhaseDates): string {
  const window = phase.window === null ? undefined : plan.windows[phase.window];
  if (opening !== null && window !== undefined) return `opens ${momentText(opening.opens, window.timeZone)}`;
  return phase.slackDays === 0 ? '' : `by ${latest}`;
}

/** `Tue 2026-11-24`. */
function dayText(date: string): string {
  const day = weekdayOf(dateNumber(date) ?? 0);
  return `${day[0]?.toUpperCase()}${day.slice(1)} ${date}`;
}
