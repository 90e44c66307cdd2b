import { dateNumber, dateText, formatDuration } from '../kernel/index.ts';
import type { Phase, Plan } from '../plan/index.ts';
import { phaseDates, type PhaseDates } from '../schedule/index.ts';

/** Octets of a line before it is folded, RFC 5545 section 3.1. */
const LONGEST_LINE = 75;

/**
 * The dates of a plan as an RFC 5545 calendar: an entry for each phase that has a day, and for each freeze. An entry
 * keeps its UID, so that a calendar which imports a later version replaces it. Phases without a window are whole days,
 * as many as their holds take at the least; those with one are its opening, in UTC.
 *
 * @param dayOne date of day 1
 * @param now wall clock, milliseconds: when this version of the calendar was made
 */
export function calendarOf(plan: Plan, dayOne: string, now: number): string {
  const stamp = utcText(now);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//cutover//plan calendar//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(plan.title)}`,
    ...phaseDates(plan, dayOne).flatMap((dates) => phaseEntry(plan, dates, stamp)),
    ...plan.freezes.flatMap((freeze) =>
      entry(
        `${plan.id}.freeze-${freeze.from}-${freeze.environments?.join('-') ?? 'all'}`,
        stamp,
        wholeDays(freeze.from, freeze.to),
        `${plan.title}: freeze, ${freeze.reason}`,
        `Nothing is raised and no phase begins in ${freeze.environments?.join(', ') ?? 'any environment'}.`,
      ),
    ),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function phaseEntry(plan: Plan, dates: PhaseDates, stamp: string): readonly string[] {
  const { phase, opening } = dates;
  const when =
    opening === null
      ? wholeDays(dates.from, dates.to)
      : [`DTSTART:${utcText(opening.opens)}`, `DTEND:${utcText(opening.closes)}`];
  const uid = `${plan.id}.phase-${phase.id}`;
  return entry(uid, stamp, when, `${plan.title}: ${phase.title}`, describe(phase, dates));
}

function describe(phase: Phase, { latest, frozen }: PhaseDates): string {
  return [
    `Phase ${phase.id} in ${phase.environment}, day ${phase.day}.`,
    ...(phase.slackDays === 0 ? [] : [`It begins on ${latest} at the latest.`]),
    ...(phase.window === null ? [] : [`Window: ${phase.window}.`]),
    ...(phase.expectedMs === null ? [] : [`Expected to take ${formatDuration(phase.expectedMs)}.`]),
    ...(phase.risk === null ? [] : [`Risk: ${phase.risk}.`]),
    ...(phase.impact === null ? [] : [`Impact: ${phase.impact}`]),
    ...(frozen === null ? [] : [`That day is in the freeze "${frozen}", so it begins after it.`]),
  ].join('\n');
}

function entry(
  uid: string,
  stamp: string,
  when: readonly string[],
  summary: string,
  description: string,
): readonly string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${uid}@cutover`,
    `DTSTAMP:${stamp}`,
    ...when,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/** Both dates are in it; the end that is written is the day behind it. */
function wholeDays(from: string, to: string): readonly string[] {
  const after = dateText((dateNumber(to) ?? 0) + 1);
  return [from, after].map(
    (date, index) => `${index === 0 ? 'DTSTART' : 'DTEND'};VALUE=DATE:${date.replaceAll('-', '')}`,
  );
}

/** `20261124T010000Z`. */
function utcText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Text as a value, RFC 5545 section 3.3.11. Other control characters have no place in it. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    .replaceAll(/\p{Cc}/gu, ' ');
}

/** A line in parts of at most 75 octets, never within a character. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let [text, octets] = ['', 0];
  for (const character of line) {
    const size = encoder.encode(character).length;
    const isFull = octets + size > LONGEST_LINE;
    text += isFull ? `\r\n ${character}` : character;
    octets = isFull ? 1 + size : octets + size;
  }
  return text;
}
