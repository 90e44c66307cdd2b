import { rowsOf } from '../engine/index.ts';
import { formatMeasure } from '../gate/index.ts';
import type { Plan, Row } from '../plan/index.ts';
import type { Finding } from './finding.ts';

const STRENGTH: Readonly<Record<Row['onRed'], number>> = { investigate: 0, pause: 1, rollback: 2 };

/**
 * Two rows on one metric of which the weaker never gets to act: wherever it is red, the stronger one is red already.
 * An alert at +50 % beside a rollback at +10 % is the usual one. `precedence` says which of them is meant.
 */
export function findContradictions(plan: Plan): readonly Finding[] {
  return Object.keys(plan.gates).flatMap((gate) => {
    const rows = rowsOf(plan, gate);
    const own = rows.slice(-(plan.gates[gate]?.length ?? 0) || rows.length);
    return own.flatMap((weak) =>
      rows
        .filter((strong) => isShadowed(plan, weak, strong) && !isResolved(plan, weak, strong))
        .slice(0, 1)
        .map((strong) => contradiction(plan, weak, strong)),
    );
  });
}

function isShadowed(plan: Plan, weak: Row, strong: Row): boolean {
  if (weak.metric !== strong.metric || STRENGTH[weak.onRed] >= STRENGTH[strong.onRed]) return false;
  const weakAt = levelOf(plan, weak);
  const strongAt = levelOf(plan, strong);
  if (weak.against === strong.against) return weak.red >= strong.red;
  return weakAt !== undefined && strongAt !== undefined && weakAt >= strongAt;
}

/** The value at which a row turns red, in the metric's unit, if the plan says what is normal. */
function levelOf(plan: Plan, row: Row): number | undefined {
  const expected = plan.metrics[row.metric]?.expected ?? null;
  switch (row.against) {
    case 'value':
      return row.red;
    case 'control':
    case 'baseline':
      return expected === null ? undefined : expected * (1 + row.red);
    case 'hour':
      return undefined;
  }
}

function isResolved({ precedence }: Plan, weak: Row, strong: Row): boolean {
  return precedence.includes(weak.title) && precedence.includes(strong.title);
}

function contradiction(plan: Plan, weak: Row, strong: Row): Finding {
  const limit = (row: Row): string => {
    const metric = plan.metrics[row.metric];
    const level = levelOf(plan, row);
    if (metric === undefined) return String(row.red);
    const written = formatMeasure(row, metric, row.red);
    const isRatio = row.against === 'control' || row.against === 'baseline';
    return isRatio && level !== undefined
      ? `${written} (${formatMeasure({ against: 'value' }, metric, level)})`
      : written;
  };
  return {
    rule: 'contradiction',
    severity: 'error',
    where: `row "${weak.title}"`,
    message: `${weak.onRed} at ${limit(weak)} never acts: "${strong.title}" asks for ${strong.onRed} at ${limit(strong)}`,
    fix: `lower the limit, or say which one decides: precedence: ["${strong.title}", "${weak.title}"]`,
  };
}
