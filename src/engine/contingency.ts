import type { Contingency } from '../plan/index.ts';
import type { CutoverEvent } from './events.ts';
import type { InstanceView } from './instances.ts';
import type { Run, State } from './state.ts';

/** An instance that did not answer a wish for so long will not. Milliseconds. */
const CAPTURE_PATIENCE_MS = 120_000;

/**
 * What the plan says about rows that turned red: each contingency begins once in a run, with what is known at that look.
 * It goes into the log before the decision that the same look leads to.
 */
export function beginContingencies(state: State, run: Run): readonly CutoverEvent[] {
  const { look } = run;
  if (look === null) return [];
  const red = look.rows.filter(({ verdict }) => verdict === 'fail');
  let isAsking = state.capture !== null && state.capture.answer === null;
  return run.plan.contingencies.flatMap((contingency): readonly CutoverEvent[] => {
    const isBegun = run.contingencies.some(({ name }) => name === contingency.name);
    const rows = red.filter(({ title }) => contingency.rows.includes(title));
    if (isBegun || rows.length === 0) return [];
    const snapshotOf = isAsking ? null : instanceToAsk(run, contingency, rows);
    isAsking ||= snapshotOf !== null;
    const { name, tell, next } = contingency;
    const seen = rows.map(({ title, reason, measure }) => ({ title, reason, measure }));
    return [
      { kind: 'contingency.began', name, rows: seen, errors: errorsOf(run, rows), snapshotOf, tell, next },
    ];
  });
}

/** Kept where the rows are about errors: for the others they would only be noise. */
function errorsOf(run: Run, rows: readonly { readonly title: string }[]): Run['newErrors'] {
  return rows.some(({ title }) => metricOf(run, title)?.kind === 'newErrors') ? run.newErrors : [];
}

function instanceToAsk(
  run: Run,
  { heapSnapshot }: Contingency,
  rows: readonly { readonly title: string; readonly measure: { readonly worst?: string } }[],
): string | null {
  if (!heapSnapshot) return null;
  const onMemory = rows.find(({ title }) => {
    const metric = metricOf(run, title);
    return metric?.kind === 'gauge' && (metric.gauge === 'rss' || metric.gauge === 'heap');
  });
  return onMemory?.measure.worst ?? null;
}

/** The metric of a row by the title that looks record. */
function metricOf({ plan }: Run, title: string) {
  for (const [gate, rows] of Object.entries(plan.gates)) {
    const row = rows.find((one) => (gate === 'matrix' ? one.title : `${gate}: ${one.title}`) === title);
    if (row !== undefined) return plan.metrics[row.metric];
  }
  return undefined;
}

/** The answer of the instance that was asked, or that there will be none. @param elapsedMs since it was asked */
export function settleCapture(
  { capture }: State,
  instances: readonly InstanceView[],
  elapsedMs: number,
): readonly CutoverEvent[] {
  if (capture === null || capture.answer !== null) return [];
  const { id, instance, contingency } = capture;
  const answer = instances.find((view) => view.instance === instance)?.status?.capture;
  if (answer?.id === id) return [{ kind: 'contingency.kept', contingency, instance, answer }];
  if (elapsedMs <= CAPTURE_PATIENCE_MS) return [];
  const problem = `no answer within ${CAPTURE_PATIENCE_MS / 1_000} s`;
  return [{ kind: 'contingency.kept', contingency, instance, answer: { id, ok: false, problem } }];
}
