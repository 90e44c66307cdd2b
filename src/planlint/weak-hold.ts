import { formatDuration } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';
import { weakHolds, type WeakHold } from './power.ts';

/** Holds that are over, at the traffic that the plan expects, before their rows find what is twice their red limit. */
export function findWeakHolds(plan: Plan): readonly Finding[] {
  const { rps } = plan.measure;
  if (rps === undefined) return [];
  return plan.environments.flatMap(({ name }) =>
    weakHolds(plan, name, rps).map((weak) => findingOf(weak, rps)),
  );
}

function findingOf({ phase, step, row, power, forMs, longerMs, wider }: WeakHold, rps: number): Finding {
  const ways = [
    ...(longerMs === null ? [] : [`hold for ${formatDuration(longerMs)}`]),
    ...(wider === null ? [] : [`expose ${wider / 100} %`]),
  ];
  return {
    rule: 'power',
    severity: 'warning',
    where: `${phase} / ${step}`,
    message: `at ${rps} calls a second row "${row}" finds what is twice its red limit with a probability of ${Math.round(power * 100)} % in ${formatDuration(forMs)}; 90 % are asked for`,
    fix:
      ways.length === 0
        ? 'neither a week nor half of the traffic would do: raise the limit, judge it against a value, or let a person decide'
        : ways.join(', or '),
  };
}
