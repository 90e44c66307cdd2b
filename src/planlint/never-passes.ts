import { rowsOf } from '../engine/index.ts';
import { formatMeasure } from '../gate/index.ts';
import { formatDuration } from '../kernel/index.ts';
import { environmentPhases, maxHoldOf, type Phase, type Plan, type Row, type Step } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** Instances report once a second, milliseconds. */
const REPORT_MS = 1_000;
/** Growth is judged over an hour of the plan, from half of which on it has an opinion. */
const SLOPE_OPINION_MS = 1_800_000;

/** Rows, holds and decisions that would wait for ever, or be over before they could say anything. */
export function findNeverPasses(plan: Plan): readonly Finding[] {
  return [
    ...Object.entries(plan.gates).flatMap(([gate, rows]) =>
      rows.flatMap((row) => [
        ...rowFindings(gate, row),
        ...normalFindings(plan, gate, row),
        ...probeFindings(plan, gate, row),
      ]),
    ),
    ...measureFindings(plan),
    ...plan.environments.flatMap(({ name }) => stepFindings(plan, environmentPhases(plan, name))),
  ];
}

function never(where: string, message: string, fix: string): Finding {
  return { rule: 'never-passes', severity: 'error', where, message, fix };
}

function rowAt(gate: string, { title }: Row): string {
  return gate === 'matrix' ? `row "${title}"` : `gate ${gate}, row "${title}"`;
}

/** What the plan itself calls normal has to be green. */
function normalFindings(plan: Plan, gate: string, row: Row): readonly Finding[] {
  const metric = plan.metrics[row.metric];
  const expected = metric?.expected ?? null;
  if (metric === undefined || expected === null || row.against !== 'value' || row.yellow <= 0) return [];
  const isGreen = row.yellow < row.red ? expected < row.yellow : expected <= row.red;
  if (isGreen) return [];
  const limit = row.yellow < row.red ? row.yellow : row.red;
  return [
    never(
      rowAt(gate, row),
      `what is normal, ${formatMeasure(row, metric, expected)}, is not green: the limit is ${formatMeasure(row, metric, limit)}`,
      'raise the limit above what is normal, or correct `expected`',
    ),
  ];
}

/** No measure is below zero, so a row that is yellow from zero on is never green. */
function rowFindings(gate: string, row: Row): readonly Finding[] {
  if (row.against !== 'value' || row.yellow > 0 || row.red <= row.yellow) return [];
  return [
    never(
      rowAt(gate, row),
      'yellow begins at 0, which every measure reaches: it is never green',
      'write the smallest value that is yellow, for a count 1',
    ),
  ];
}

/** A window has to hold as many answers of a probe as its row waits for. */
function probeFindings(plan: Plan, gate: string, row: Row): readonly Finding[] {
  const metric = plan.metrics[row.metric];
  const probe = metric !== undefined && 'probe' in metric ? plan.probes[metric.probe] : undefined;
  if (probe === undefined) return [];
  const answers = Math.floor(plan.measure.windowMs / probe.everyMs);
  if (answers >= row.minSamples) return [];
  const { windowMs } = plan.measure;
  return [
    never(
      rowAt(gate, row),
      `it waits for ${row.minSamples} answers, and a window of ${formatDuration(windowMs)} holds ${answers} of a probe every ${formatDuration(probe.everyMs)}`,
      'ask more often, make measure.window longer, or write minSamples: 1',
    ),
  ];
}

function measureFindings({ measure }: Plan): readonly Finding[] {
  const { maxAgeMs, windowMs } = measure;
  return [
    ...(maxAgeMs > REPORT_MS * 2
      ? []
      : [
          never(
            'measure.maxAge',
            `${formatDuration(maxAgeMs)} is hardly more than the second between two reports: every look would be stale now and then`,
            'write at least 3s',
          ),
        ]),
    ...(windowMs > REPORT_MS
      ? []
      : [
          never(
            'measure.window',
            `${formatDuration(windowMs)} holds no report: instances report once a second`,
            'write at least 5s',
          ),
        ]),
  ];
}

function stepFindings(plan: Plan, phases: readonly Phase[]): readonly Finding[] {
  let isExposed = false;
  let isShadowed = false;
  return phases.flatMap((phase) =>
    phase.steps.flatMap((step) => {
      if (step.kind === 'expose' && (step.exposure > 0 || step.by === 'environment')) isExposed = true;
      if (step.kind === 'shadow') isShadowed = step.sample > 0;
      const where = `${phase.id} / ${step.id}`;
      return [
        ...(isExposed ? [] : unexposed(plan, step, where)),
        ...(isShadowed ? [] : unshadowed(plan, step, where)),
        ...(step.kind === 'hold' ? holdFindings(plan, step, where) : []),
        ...(step.kind === 'decision' ? decisionFindings(step, where) : []),
      ];
    }),
  );
}

/** Rows are about the candidate; one that serves nobody has no samples. */
function unexposed(plan: Plan, step: Step, where: string): readonly Finding[] {
  const waits =
    step.kind === 'hold' || step.kind === 'gate' || (step.kind === 'decision' && step.auto !== null);
  if (!waits || !asksForSamples(plan, step.gate)) return [];
  return [
    never(
      where,
      'nothing is exposed in this environment before it, so its gate never has a sample of the candidate',
      'expose first, or let a command or an http step check what is meant',
    ),
  ];
}

/** Rows about differences wait for reads that were compared. */
function unshadowed(plan: Plan, step: Step, where: string): readonly Finding[] {
  const waits =
    step.kind === 'hold' || step.kind === 'gate' || (step.kind === 'decision' && step.auto !== null);
  if (!waits || !rowsOf(plan, step.gate).some(({ metric }) => plan.metrics[metric]?.kind === 'mismatchRate'))
    return [];
  return [
    never(
      where,
      'no read runs in the shadow before it, so its row about mismatches never has a sample',
      "add a step before it: { kind: 'shadow', sample: 5 }",
    ),
  ];
}

function asksForSamples(plan: Plan, gate: string): boolean {
  return rowsOf(plan, gate, false).some(({ metric }) => {
    const kind = plan.metrics[metric]?.kind;
    return kind === 'errorRate' || kind === 'latency' || kind === 'gauge';
  });
}

function holdFindings(plan: Plan, step: Extract<Step, { kind: 'hold' }>, where: string): readonly Finding[] {
  const rows = [...(plan.gates['matrix'] ?? []), ...(plan.gates[step.gate] ?? [])];
  const needed = Math.max(0, ...rows.map(({ looks }) => looks * plan.measure.everyMs));
  const slow = rows.find(({ against }) => against === 'hour');
  const short = (message: string, fix: string): Finding => ({
    rule: 'never-passes',
    severity: 'warning',
    where,
    message,
    fix,
  });
  return [
    ...(maxHoldOf(step) >= step.forMs
      ? []
      : [
          never(
            where,
            `maxHold of ${formatDuration(maxHoldOf(step))} is over before the hold of ${formatDuration(step.forMs)}`,
            'write a longer maxHold, or leave it out',
          ),
        ]),
    ...(step.forMs >= needed
      ? []
      : [
          short(
            `it lasts ${formatDuration(step.forMs)}, and a row needs ${formatDuration(needed)} of looks to turn red`,
            `hold for at least ${formatDuration(needed)}, or look more often (measure.every)`,
          ),
        ]),
    ...(slow === undefined || step.forMs >= SLOPE_OPINION_MS
      ? []
      : [
          short(
            `row "${slow.title}" needs half an hour to know a growth, so this hold of ${formatDuration(step.forMs)} lasts that long`,
            'hold for at least 30m, or judge growth in a later phase',
          ),
        ]),
  ];
}

function decisionFindings(step: Extract<Step, { kind: 'decision' }>, where: string): readonly Finding[] {
  if (Object.values(step.options).includes('advance')) return [];
  return [
    never(
      where,
      'none of its options advances, so no run gets past it',
      'add an option that does: go: "advance"',
    ),
  ];
}
