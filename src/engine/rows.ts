import type { Plan, Row } from '../plan/index.ts';

/**
 * The rows of a look: the matrix always, and the named gate's behind it under their gate's name. Before anything is
 * exposed the matrix has nothing to see, so a gate about the shadow, which has, is judged by its own rows.
 */
export function rowsOf(plan: Plan, gate: string, isAnythingExposed = true): readonly Row[] {
  const own = gate === 'matrix' ? [] : (plan.gates[gate] ?? []);
  const isAboutShadow = own.some(({ metric }) => plan.metrics[metric]?.kind === 'mismatchRate');
  const matrix = isAnythingExposed || !isAboutShadow ? (plan.gates['matrix'] ?? []) : [];
  return [...matrix, ...own.map((row) => ({ ...row, title: `${gate}: ${row.title}` }))];
}
