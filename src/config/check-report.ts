import { formatDuration } from '../kernel/index.ts';
import { type Problem, problemAt } from './problem.ts';
import type { ParsedPlan } from './schema.ts';

/** Reports of an instance that have to be lost before it takes its fail side: one of them is nobody's fault. */
const LOST_REPORTS = 3;

/** An instance that reports seldom must neither lose its lease by one lost report, nor let every row grow stale. */
export function checkReport({ instances: { lease, report }, measure }: ParsedPlan): readonly Problem[] {
  if (report === undefined) return [];
  const path = ['instances', 'report'];
  const most = Math.floor((lease * 2) / 3 / LOST_REPORTS);
  if (report > most)
    return [
      problemAt(
        path,
        `${formatDuration(report)} is more than ${formatDuration(most)}: at 2/3 of a lease of ${formatDuration(lease)} an instance takes its fail side; report more often, or raise instances.lease`,
      ),
    ];
  if (report * 2 <= measure.maxAge) return [];
  return [
    problemAt(
      path,
      `${formatDuration(report)} is more than half of measure.maxAge (${formatDuration(measure.maxAge)}): what is measured would be too old whenever one report is lost; raise measure.maxAge`,
    ),
  ];
}
