import {
  approvalEndsAt,
  askedNow,
  openQuestion,
  standingApproval,
  standingRejection,
  type State,
} from '../engine/index.ts';
import type { Plan } from '../plan/index.ts';
import { becauseText } from './approval-text.ts';

type Said = { readonly actor: string; readonly reason: string; readonly at: number };

/** How it stands with the approval of one role for one hash of a plan. */
export type RoleApproval = {
  readonly role: string;
  readonly approved:
    | (Said & {
        /** When it is too old for a phase that is ahead; `null` when none needs it any more. */
        readonly until: number | null;
        readonly isOver: boolean;
      })
    | null;
  /** The last no, if no yes came after it. */
  readonly rejected: Said | null;
  /** Since when a run waits for it, and why it is asked; `null` while none does. */
  readonly asked: { readonly since: number; readonly because: string } | null;
};

/** The approvals that phases of a plan need, a role once. Pure. @param now wall clock, milliseconds */
export function approvalsOf(
  state: State,
  plan: Plan,
  planHash: string,
  now: number,
): readonly RoleApproval[] {
  const roles = new Set(plan.phases.flatMap(({ needs }) => needs.approvals));
  const phase = askedNow(state)?.phase;
  return [...roles].map((role) => {
    const given = standingApproval(state, role, planHash);
    const until = given === null ? null : approvalEndsAt(state, plan, given);
    const asked = phase === undefined ? null : openQuestion(state, phase, role, planHash);
    const no = standingRejection(state, role, planHash);
    return {
      role,
      approved: given === null ? null : { ...said(given), until, isOver: until !== null && until <= now },
      rejected: no === null ? null : said(no),
      asked: asked === null ? null : { since: asked.since, because: becauseText(asked) },
    };
  });
}

function said({ actor, reason, at }: Said): Said {
  return { actor, reason, at };
}
