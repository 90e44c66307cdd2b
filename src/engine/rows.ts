import type { Plan, Row } from '../plan/index.ts';

/** The rows of a look: the matrix always, and the named gate's behind it under their gate's name. */
export function rowsOf(plan: Plan, gate: string): readonly Row[] {
  const matrix = plan.gates['matrix'] ?? [];
  const own = gate === 'matrix' ? [] : (plan.gates[gate] ?? []);
  return [...matrix, ...own.map((row) => ({ ...row, title: `${gate}: ${row.title}` }))];
}
