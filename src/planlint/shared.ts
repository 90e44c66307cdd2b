import { sharedNames, sharedText, type Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** What two of several plans both switch. Pure; whether they are ever on at the same time is for their authors to know. */
export function lintTogether(plans: readonly Plan[]): readonly Finding[] {
  return plans.flatMap((one, index) => plans.slice(index + 1).flatMap((other) => betweenTwo(one, other)));
}

function betweenTwo(one: Plan, other: Plan): readonly Finding[] {
  const where = `plans ${one.id} and ${other.id}`;
  if (one.id === other.id)
    return [
      finding(
        where,
        'they have one id, so they are one migration in the store',
        'give one of them another id',
      ),
    ];
  const names = ({ flag, repositories }: Plan) => ({ global: flag, repositories });
  const shared = sharedNames(names(one), names(other));
  if (shared.length === 0) return [];
  const fix = 'have one end before the other begins, or give what they share another name in one of them';
  return [finding(where, `both switch ${sharedText(shared)}`, fix)];
}

function finding(where: string, message: string, fix: string): Finding {
  return { rule: 'shared-repository', severity: 'error', where, message, fix };
}
