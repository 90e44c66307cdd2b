import { scaleSettings } from '../gate/index.ts';
import { CutoverError, formatDuration } from '../kernel/index.ts';
import type { Metric, Plan, Row } from '../plan/index.ts';
import type { CutoverEvent } from './events.ts';
import type { ConfirmProgress, Rollback, Run, State } from './state.ts';

export type ConfirmLook = Extract<CutoverEvent, { kind: 'confirm.looked' }>;

/**
 * The rows that say of what was taken back whether the trouble is over, each with its metric narrowed to the
 * repositories that were. Rows about others have nothing to say.
 */
export function confirmRows(
  plan: Plan,
  repositories: readonly string[] | null,
): readonly { readonly row: Row; readonly metric: Metric }[] {
  return (plan.rollback.confirm?.rows ?? []).flatMap((row) => {
    const metric = plan.metrics[row.metric];
    if (metric === undefined) return [];
    if (repositories === null || !('repositories' in metric)) return [{ row, metric }];
    const narrowed = repositories.filter((name) => metric.repositories?.includes(name) ?? true);
    return narrowed.length === 0 ? [] : [{ row, metric: { ...metric, repositories: narrowed } }];
  });
}

/** A verified rollback begins to be watched, where the plan of the last run says how. */
export function beginConfirm({ run }: State, { covers }: Pick<Rollback, 'covers'>): ConfirmProgress | null {
  return run === null || confirmRows(run.plan, covers).length === 0 ? null : newConfirm();
}

/** Nobody has looked yet. */
export function newConfirm(): ConfirmProgress {
  return { heldMs: 0, waitedMs: 0, verdict: null, rows: [], outcome: null };
}

/** Only an unbroken time of green looks counts: one that was not begins it again. */
export function confirmLooked(progress: ConfirmProgress, look: ConfirmLook): ConfirmProgress {
  const { verdict, rows, observedMs, waitedMs } = look;
  const isOn = verdict === 'pass' && progress.verdict === 'pass';
  return {
    ...progress,
    verdict,
    rows,
    heldMs: isOn ? progress.heldMs + observedMs : 0,
    waitedMs: progress.waitedMs + waitedMs,
  };
}

/**
 * How long control has to be green, and how long there is for it, on the run's clock. A rehearsal divides both; but a look
 * needs a window of reports, however fast the clock is.
 */
function confirmTimes({ plan, timeScale }: Run): { readonly forMs: number; readonly withinMs: number } {
  const { forMs = 0, withinMs = 0 } = plan.rollback.confirm ?? {};
  if (timeScale === 1) return { forMs, withinMs };
  const least = forMs / timeScale + LEAST_WINDOWS * scaleSettings(plan.measure, timeScale).windowMs;
  return { forMs: forMs / timeScale, withinMs: Math.max(withinMs / timeScale, least) };
}

/** The window of a compressed run is filled once, and may hold the end of the trouble once. */
const LEAST_WINDOWS = 3;

/** What is looked at now; `null` when nothing waits to be confirmed. */
export function pendingConfirm({ rollback }: State): ConfirmProgress | null {
  const confirm = rollback?.confirm ?? null;
  return confirm === null || confirm.outcome !== null ? null : confirm;
}

/** Whether the trouble is over, once that is known or has taken too long to know. */
export function settleConfirm(state: State): readonly CutoverEvent[] {
  const { run } = state;
  const progress = pendingConfirm(state);
  const confirm = run?.plan.rollback.confirm ?? null;
  if (run === null || progress === null) return [];
  if (confirm === null) {
    const reason = 'the plan that was accepted since does not say how to know';
    return [{ kind: 'rollback.confirmed', outcome: 'not known', reason }];
  }
  const { forMs, withinMs } = confirmTimes(run);
  if (progress.verdict === 'pass' && progress.heldMs >= forMs) {
    const reason = `control was green for ${formatDuration(confirm.forMs)}`;
    return [{ kind: 'rollback.confirmed', outcome: 'resolved', reason }];
  }
  if (progress.waitedMs < withinMs) return [];
  const open = progress.rows.filter(({ verdict }) => verdict !== 'pass');
  const seen = open.filter(({ colour }) => colour !== 'none');
  const why = (seen.length > 0 ? seen : open).map(({ title, reason }) => `${title}: ${reason}`).join('; ');
  const outcome = open.length > 0 && seen.length === 0 ? 'not known' : 'not resolved';
  const reason = why === '' ? `not green for ${formatDuration(confirm.forMs)} without a break` : why;
  return [{ kind: 'rollback.confirmed', outcome, reason }];
}

/**
 * What was taken back is not exposed again while the trouble may be on, unless a person says so in as many words.
 *
 * @param repositories what is to be lifted; `null` is everything
 * @throws CutoverError `NOT_RESOLVED`, `CHECKLIST_OPEN`
 */
export function mustBeOver(state: State, repositories: readonly string[] | null, unresolved: boolean): void {
  const { rollback, run } = state;
  if (rollback === null || run === null || !concerns(rollback, repositories)) return;
  const { checklist } = run.plan.rollback;
  const open = openItems(state);
  if (checklist !== null && open.length > 0) {
    throw new CutoverError(
      'CHECKLIST_OPEN',
      `${open.length} of checklist "${checklist}" ${open.length === 1 ? 'is' : 'are'} not confirmed since the rollback: ${open.join(', ')}`,
      { hint: `see to it, then: cutover check ${checklist} --all --reason "…"` },
    );
  }
  const { confirm } = rollback;
  if (confirm === null || confirm.outcome?.outcome === 'resolved' || unresolved) return;
  throw confirm.outcome === null
    ? new CutoverError('NOT_RESOLVED', 'whether the trouble is over is still looked at', {
        hint: '"cutover run" carries the look, "cutover status" shows it; not to wait for it: --unresolved',
      })
    : new CutoverError('NOT_RESOLVED', `the trouble is not over: ${confirm.outcome.reason}`, {
        hint: 'going back did not end it, so look for it elsewhere; to go on all the same: --unresolved',
      });
}

/** Items of the checklist for rollbacks that nobody confirmed since the last one. */
export function openItems({ run, checks }: State): readonly string[] {
  const list = run?.plan.rollback.checklist ?? null;
  const items = list === null ? [] : (run?.plan.checklists[list] ?? []);
  return items.filter((item) => !checks.some((one) => one.checklist === list && one.item === item));
}

/** Whether lifting these repositories, or everything (`null`), exposes something that was taken back. */
function concerns({ covers }: Rollback, lifted: readonly string[] | null): boolean {
  return covers === null || lifted === null || lifted.some((name) => covers.includes(name));
}
