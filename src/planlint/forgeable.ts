import type { Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** Rows on what browsers report that take back by themselves: whoever opens a page could end the rollout. */
export function findForgeable(plan: Plan): readonly Finding[] {
  return Object.entries(plan.gates).flatMap(([gate, rows]) =>
    rows
      .filter(({ metric, onRed }) => onRed === 'rollback' && isOfPages(plan, metric))
      .map(({ title }): Finding => ({
        rule: 'forgeable',
        severity: 'warning',
        where: `${gate} "${title}"`,
        message: 'browsers report it, which whoever opens a page can forge, and it takes back by itself',
        fix: "onRed: 'pause' or 'investigate'",
      })),
  );
}

function isOfPages(plan: Plan, name: string): boolean {
  const metric = plan.metrics[name];
  return metric !== undefined && 'of' in metric && metric.of === 'pages';
}
