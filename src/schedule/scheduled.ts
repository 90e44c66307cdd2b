import type { Plan } from '../plan/index.ts';

/** Whether anything in the plan depends on the calendar. */
export function isScheduled({ phases, windows, freezes }: Plan): boolean {
  return freezes.length > 0 || Object.keys(windows).length > 0 || phases.some(({ day }) => day !== null);
}
