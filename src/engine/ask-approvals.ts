import { approvedWithinMs } from '../plan/index.ts';
import { evidenceOf } from './approval-evidence.ts';
import {
  approvedUntil,
  openQuestion,
  standingApproval,
  standingRejection,
  type AskedBecause,
  type AskedRole,
} from './approval.ts';
import { holdBackOf } from './delay.ts';
import type { CutoverEvent } from './events.ts';
import { isExposed } from './evolve.ts';
import type { PlacedStep } from './following.ts';
import { rowsOf } from './rows.ts';
import type { Run, State } from './state.ts';

/** `settled`: everybody has approved, lately. `wait`: they were asked, or are asked once a look has been taken. */
export type Asking =
  | { readonly kind: 'ask'; readonly events: readonly CutoverEvent[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'settled' };

/**
 * Whether the roles that a phase needs have approved, and with what they are asked if not: once, unless something came between.
 * Where something is exposed nobody is asked before it was looked at, or there would be nothing to answer on.
 *
 * An approval that is too old is asked for again; while a day, a window or a freeze keeps the run away, not before an answer
 * would still count when that ends, or the same people would be asked every day of a week.
 *
 * @param now wall clock, milliseconds. One that is set back makes no approval too old, one that jumps ahead asks once more.
 */
export function askApprovals(state: State, run: Run, following: PlacedStep, now: number): Asking {
  const { phase } = following;
  const { planHash } = run;
  const open = openRoles(state, run, following, now);
  if (open.length === 0) return { kind: 'settled' };
  if (
    open.every(({ role }) => openQuestion(state, phase.id, role, planHash) !== null) ||
    isUnseen(state, run)
  )
    return { kind: 'wait' };
  const evidence = evidenceOf(state, run, phase);
  return {
    kind: 'ask',
    events: [{ kind: 'approval.asked', phase: phase.id, planHash, roles: open, evidence }],
  };
}

function openRoles(state: State, run: Run, following: PlacedStep, now: number): readonly AskedRole[] {
  const { phase } = following;
  return phase.needs.approvals.flatMap((role): readonly AskedRole[] => {
    const approval = standingApproval(state, role, run.planHash);
    if (approval === null) return [whyOpen(state, role, run.planHash)];
    const isTooOld = approvedUntil(approval, phase) <= now && wouldCount(state, run, following, now);
    const { actor, at } = approval;
    return isTooOld ? [{ role, because: 'expired', before: { actor, at } }] : [];
  });
}

/** Whether what is approved now still counts when nothing keeps the run away any more. */
function wouldCount(state: State, run: Run, following: PlacedStep, now: number): boolean {
  const held = holdBackOf(state, run, following, now);
  return held === null || (held.until !== null && held.until < now + approvedWithinMs(following.phase));
}

function isUnseen({ routing }: State, { plan, look }: Run): boolean {
  return look === null && isExposed(routing) && rowsOf(plan, 'matrix').length > 0;
}

function whyOpen(state: State, role: string, planHash: string): AskedRole {
  const rejection = standingRejection(state, role, planHash);
  const other = state.approvals.findLast((one) => one.role === role && one.planHash !== planHash);
  const [because, before]: readonly [AskedBecause, { actor: string; at: number } | undefined] =
    rejection !== null
      ? ['rejected', rejection]
      : other !== undefined
        ? ['another plan', other]
        : ['not given', undefined];
  return { role, because, before: before === undefined ? null : { actor: before.actor, at: before.at } };
}
