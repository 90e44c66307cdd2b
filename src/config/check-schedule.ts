import { oneOf } from './issue.ts';
import { type PathPart, type Problem, problemAt } from './problem.ts';
import { planDay, weekLength } from './schedule-of.ts';
import type { ParsedPlan } from './schema.ts';

/** Days, windows and freezes have to be possible, and what names them has to name one that is there. */
export function checkSchedule(plan: ParsedPlan): readonly Problem[] {
  return [
    ...checkWindows(plan),
    ...checkFreezes(plan),
    ...checkDays(plan),
    ...plan.phases.flatMap((phase, index) => [
      ...windowAt(plan, phase.window, ['phases', index, 'window']),
      ...phase.steps.flatMap((step, number) =>
        step.kind === 'expose'
          ? windowAt(plan, step.window, ['phases', index, 'steps', number, 'window'])
          : [],
      ),
    ]),
  ];
}

function windowAt(plan: ParsedPlan, name: string | undefined, path: readonly PathPart[]): readonly Problem[] {
  if (name === undefined || Object.hasOwn(plan.windows, name)) return [];
  return [problemAt(path, oneOf(name, Object.keys(plan.windows)))];
}

function checkWindows({ windows }: ParsedPlan): readonly Problem[] {
  return Object.entries(windows).flatMap(([name, { from, to }]) => {
    if (from % 1_440 === to % 1_440 && !(from === 0 && to === 1_440))
      return [problemAt(['windows', name, 'to'], 'is the same time as `from`: the window is never open')];
    return from < 1_440
      ? []
      : [problemAt(['windows', name, 'from'], '"24:00" is no beginning: write "00:00"')];
  });
}

function checkFreezes({ freezes, environments }: ParsedPlan): readonly Problem[] {
  return freezes.flatMap(({ from, to, environments: named = [] }, index) => [
    ...(from <= to ? [] : [problemAt(['freezes', index, 'to'], `"${to}" is before "${from}"`)]),
    ...named.flatMap((name, place) =>
      Object.hasOwn(environments, name)
        ? []
        : [problemAt(['freezes', index, 'environments', place], oneOf(name, Object.keys(environments)))],
    ),
  ]);
}

/** A week has only so many days, and a phase cannot begin before the one that it comes after. */
function checkDays(plan: ParsedPlan): readonly Problem[] {
  const length = weekLength(plan.schedule);
  let latest = { day: 0, id: '' };
  return plan.phases.flatMap((phase, index) => {
    const path = ['phases', index, 'day'] as const;
    const day = planDay(phase, plan);
    if (day === null || phase.day === undefined) return [];
    const before = latest;
    if (day >= before.day) latest = { day, id: phase.id };
    const kind = plan.schedule.count === 'working' ? 'working days' : 'days';
    return [
      ...(phase.day.week === null || phase.day.day <= length
        ? []
        : [
            problemAt(
              path,
              `day ${phase.day.day} is outside 1..${length}: a week has ${length} ${kind} here`,
            ),
          ]),
      ...(day >= before.day
        ? []
        : [problemAt(path, `day ${day} is before day ${before.day} of "${before.id}", which comes first`)]),
    ];
  });
}
