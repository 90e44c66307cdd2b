import { dateNumber, dateText, formatDuration } from '../kernel/index.ts';
import type { Phase, Plan, Step } from '../plan/index.ts';
import { holdsMs, longestGapDays, phaseDates } from '../schedule/index.ts';
import type { Finding } from './finding.ts';

const DAY_MS = 86_400_000;
/** A Monday; with the six days behind it, every weekday on which a plan may start. */
const SOME_MONDAY = 20_451;
const STARTS = Array.from({ length: 7 }, (_, day) => dateText(SOME_MONDAY + day));

/** Days that cannot be kept, windows that do not open in time, and freezes over the day of a phase. */
export function findScheduleTroubles(plan: Plan, dayOne: string | null): readonly Finding[] {
  return [
    ...plan.phases.flatMap((phase) => [...windowFindings(plan, phase), ...expectedFindings(plan, phase)]),
    ...impossibleDays(plan, dayOne),
    ...(dayOne === null ? [] : frozenDays(plan, dayOne)),
    ...unusedCalendar(plan),
  ];
}

function finding(severity: Finding['severity'], where: string, message: string, fix: string): Finding {
  return { rule: 'schedule', severity, where, message, fix };
}

/** A window that opens on fewer days than a phase has to begin in makes it late by itself. */
function windowFindings(plan: Plan, phase: Phase): readonly Finding[] {
  const { day, window: name, slackDays } = phase;
  const window = name === null ? undefined : plan.windows[name];
  if (day === null || window === undefined) return [];
  const gap = longestGapDays(window);
  if (gap <= slackDays + 1) return [];
  return [
    finding(
      'warning',
      `phase ${phase.id}`,
      `window "${name}" may stay closed for ${gap} days, and its day ${day} has ${slackDays} of slack: it may begin late`,
      `give it slack: ${gap - 1}, or let the window open on more days`,
    ),
  ];
}

/** A phase that does not fit into its window, or that is to be over before its holds are. */
function expectedFindings(plan: Plan, phase: Phase): readonly Finding[] {
  const { expectedMs, id } = phase;
  const openMs = openMsOf(plan, phase);
  const holds = holdsMs(phase);
  const takes = `it is expected to take ${formatDuration(expectedMs ?? 0)}`;
  return [
    // One that holds for longer than its window is open is meant to begin in it, not to end in it.
    ...(expectedMs === null || expectedMs <= openMs || holds > openMs
      ? []
      : [
          finding(
            'warning',
            `phase ${id}`,
            `${takes}, and window "${phase.window}" is open for ${formatDuration(openMs)}: it would end outside of it`,
            'lengthen the window, or expect less',
          ),
        ]),
    ...(expectedMs === null || holds <= expectedMs
      ? []
      : [
          finding(
            'error',
            `phase ${id}`,
            `${takes}, and its holds alone take ${formatDuration(holds)}`,
            'expect more, or hold for less',
          ),
        ]),
    ...phase.steps.flatMap((step) => [...shortHold(id, step), ...windowInPhase(plan, phase, step)]),
  ];
}

/** How long a phase's window is open, on a day on which clocks do not change. */
function openMsOf({ windows }: Plan, { window: name }: Phase): number {
  const window = name === null ? undefined : windows[name];
  if (window === undefined) return Infinity;
  const { fromMinute, toMinute } = window;
  return (toMinute <= fromMinute ? toMinute + 1_440 - fromMinute : toMinute - fromMinute) * 60_000;
}

function shortHold(phase: string, step: Step): readonly Finding[] {
  if (step.kind !== 'hold' || step.expectedMs === null || step.expectedMs >= step.forMs) return [];
  return [
    finding(
      'error',
      `${phase} / ${step.id}`,
      `it is expected to take ${formatDuration(step.expectedMs)}, and holds for ${formatDuration(step.forMs)}`,
      'expect more, or hold for less',
    ),
  ];
}

/** The way to an exposure with a window leads through holds of its phase: by then the box may be over. */
function windowInPhase(plan: Plan, phase: Phase, step: Step): readonly Finding[] {
  const window = step.kind !== 'expose' || step.window === null ? undefined : plan.windows[step.window];
  if (step.kind !== 'expose' || window === undefined || phase.expectedMs === null) return [];
  const waitMs = longestGapDays(window) * DAY_MS;
  if (holdsMs(phase) + waitMs <= phase.expectedMs) return [];
  return [
    finding(
      'warning',
      `${phase.id} / ${step.id}`,
      `window "${step.window}" may stay closed for ${formatDuration(waitMs)}, and the phase is expected to take ${formatDuration(phase.expectedMs)}: it may not open in that time`,
      'expect more, or let the window open on more days',
    ),
  ];
}

/** Between two days there must be room for the holds of the phases before the second, on whatever weekday day 1 is. */
function impossibleDays(plan: Plan, dayOne: string | null): readonly Finding[] {
  const starts = dayOne === null ? STARTS : [dayOne];
  return plan.phases.flatMap((phase, index) => {
    const short = starts.filter((start) => !hasRoom(plan, start, phase, index));
    if (short.length === 0) return [];
    const isAlways = short.length === starts.length;
    return [
      finding(
        isAlways ? 'error' : 'warning',
        `phase ${phase.id}`,
        `day ${phase.day} and its slack are over before the holds of the phases before it${isAlways ? '' : ', depending on the weekday of day 1'}`,
        'write a later day or slack, or hold for less',
      ),
    ];
  });
}

function hasRoom(plan: Plan, start: string, phase: Phase, index: number): boolean {
  const dates = phaseDates(plan, start);
  const to = dates.find((one) => one.phase === phase);
  const before = plan.phases.slice(0, index);
  const anchor = before.findLast(({ day }) => day !== null);
  const from = anchor === undefined ? undefined : dates.find((one) => one.phase === anchor);
  if (to === undefined || from === undefined || anchor === undefined) return true;
  const holds = before.slice(before.indexOf(anchor)).reduce((sum, one) => sum + holdsMs(one), 0);
  const room = ((dateNumber(to.latest) ?? 0) + 1 - (dateNumber(from.from) ?? 0)) * DAY_MS;
  return holds < room;
}

function frozenDays(plan: Plan, dayOne: string): readonly Finding[] {
  return phaseDates(plan, dayOne).flatMap(({ phase, from, frozen }) =>
    frozen === null
      ? []
      : [
          finding(
            'warning',
            `phase ${phase.id}`,
            `its day ${phase.day}, ${from}, is in the freeze "${frozen}": it begins after it`,
            'start on another day, or give the phase a later one',
          ),
        ],
  );
}

/** Holidays and working days say nothing where every day is counted. */
function unusedCalendar({ schedule, phases }: Plan): readonly Finding[] {
  const counts = schedule.count === 'working' && phases.some(({ day }) => day !== null);
  if (counts || schedule.holidays.length === 0) return [];
  const why = schedule.count === 'calendar' ? 'every day of the calendar counts' : 'no phase has a day';
  return [
    finding(
      'warning',
      'schedule.holidays',
      `they change nothing: ${why}`,
      'count: "working", or take them out',
    ),
  ];
}
