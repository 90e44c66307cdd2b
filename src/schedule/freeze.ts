import { dateNumber, instantOf } from '../kernel/index.ts';
import type { Freeze, Plan } from '../plan/index.ts';

/** A freeze by the clock: from the beginning of its first date to the end of its last. */
export type Frozen = { readonly freeze: Freeze; readonly from: number; readonly until: number };

/** The freezes of an environment, or of all of them, by the clock. @param environment `null` is any */
export function freezesOf({ freezes, schedule }: Plan, environment: string | null): readonly Frozen[] {
  return freezes
    .filter(({ environments }) => environment === null || (environments?.includes(environment) ?? true))
    .map((freeze) => ({
      freeze,
      from: instantOf(dateNumber(freeze.from) ?? 0, 0, schedule.timeZone),
      until: instantOf((dateNumber(freeze.to) ?? 0) + 1, 0, schedule.timeZone),
    }));
}

/** The freeze in which an environment is. */
export function freezeAt(plan: Plan, environment: string, at: number): Frozen | undefined {
  return freezesOf(plan, environment).find(({ from, until }) => at >= from && at < until);
}
