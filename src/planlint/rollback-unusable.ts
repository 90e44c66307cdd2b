import { formatDuration } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** Ways back that the plan relies on and that would not do what it says. */
export function findUnusableRollbacks(plan: Plan): readonly Finding[] {
  const { rollback, leaseMs } = plan;
  const findings: Finding[] = [];
  const warn = (where: string, message: string, fix: string): void => {
    findings.push({ rule: 'rollback-unusable', severity: 'warning', where, message, fix });
  };
  if (rollback.budgetMs < leaseMs)
    warn(
      'rollback.budget',
      `${formatDuration(rollback.budgetMs)} is shorter than the lease of ${formatDuration(leaseMs)}: one instance that died is waited for longer than that`,
      'shorten instances.lease, or allow for it in the budget',
    );
  const rows = Object.values(plan.gates).flat();
  if (!rollback.automatic && rows.some(({ onRed }) => onRed === 'rollback'))
    warn(
      'rollback.automatic',
      'rows ask for a rollback, and the plan lets it only pause and ask a person',
      'take automatic: false out, or write onRed: "pause" where a person is meant',
    );
  if (plan.topology === 'two-store' && rows.some(({ onRed }) => onRed === 'rollback'))
    warn(
      'topology',
      'taking back loses what was written to the candidate alone, so a red row pauses and asks a person',
      'write onRed: "pause" to say so, and have a way back for the data',
    );
  const late = plan.phases.find(({ pointOfNoReturn }) => pointOfNoReturn);
  if (late !== undefined && rows.some(({ onRed }) => onRed === 'rollback'))
    warn(
      `phase ${late.id}`,
      'from the point of no return on a red row takes nothing back: the run pauses and asks',
      'have a way back for the data ready before this phase',
    );
  return findings;
}
