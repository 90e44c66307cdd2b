import type { Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** What is declared and looked at by nothing: often a misspelt intention. */
export function findNotUsed(plan: Plan): readonly Finding[] {
  const rows = [...Object.values(plan.gates).flat(), ...(plan.rollback.confirm?.rows ?? [])];
  const metrics = Object.keys(plan.metrics).filter((name) => !rows.some(({ metric }) => metric === name));
  const steps = plan.phases.flatMap((phase) => phase.steps);
  const gates = Object.keys(plan.gates).filter(
    (name) => name !== 'matrix' && !steps.some((step) => 'gate' in step && step.gate === name),
  );
  const environments = plan.environments.filter(
    ({ name }) => !plan.phases.some(({ environment }) => environment === name),
  );
  const probes = Object.keys(plan.probes).filter(
    (name) => !Object.values(plan.metrics).some((metric) => 'probe' in metric && metric.probe === name),
  );
  const finding = (where: string, message: string): Finding => ({
    rule: 'not-used',
    severity: 'warning',
    where,
    message,
    fix: 'use it, or take it out',
  });
  return [
    ...metrics.map((name) => finding(`metric ${name}`, 'no row judges it')),
    ...probes.map((name) => finding(`probe ${name}`, 'no metric is of it')),
    ...gates.map((name) => finding(`gate ${name}`, 'no step looks at it')),
    ...environments.map(({ name }) => finding(`environment ${name}`, 'no phase takes place in it')),
  ];
}
