import type { State } from '../engine/index.ts';
import { formatMetric } from '../gate/index.ts';
import { formatDuration } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Document, Io } from './io.ts';
import { table } from './render/table.ts';
import { timeText } from './render/time.ts';

export function baselineDocument(plan: Plan, environment: string, { baseline }: State): Document {
  return { schema: 'cutover.baseline/1', migration: plan.id, environment, baseline };
}

export function baselineText(plan: Plan, environment: string, { baseline }: State, io: Io): string {
  if (baseline === null)
    return `${environment} has no baseline; record one: cutover baseline record --environment ${environment}`;
  const rows = Object.entries(baseline.metrics).map(([name, { value, samples }]) => {
    const metric = plan.metrics[name];
    const text = metric === undefined ? String(value) : formatMetric(metric, value);
    return [
      { text: name },
      { text, align: 'right' as const },
      { text: `${samples.toLocaleString('en-US')} samples`, align: 'right' as const },
    ];
  });
  return [
    `baseline of ${environment}, ${timeText(baseline.at)}, over ${formatDuration(baseline.overMs)}, by ${baseline.actor}; ${baseline.errors.length} known errors`,
    ...table(rows, io.width, io.paint),
  ].join('\n');
}
