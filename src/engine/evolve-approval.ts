import { openQuestion, type Approval } from './approval.ts';
import type { CutoverEvent } from './events.ts';
import type { State } from './state.ts';

type Meta = { readonly seq: number; readonly at: number };
type Event<K extends CutoverEvent['kind']> = Extract<CutoverEvent, { kind: K }>;

/** Folds a yes: it is the one that stands of its role, and the role's no is gone. */
export function approved(state: State, event: Event<'plan.approved'>, { at }: Meta): State {
  const { role, planHash, actor, reason } = event;
  return {
    ...state,
    approvals: [
      ...ended(state.approvals, [role], planHash, 'renewed'),
      { role, planHash, actor, reason, at, ended: null },
    ],
    rejections: state.rejections.filter((one) => one.role !== role || one.planHash !== planHash),
  };
}

/** Folds a no: what the role approved ends with it. */
export function rejected(state: State, event: Event<'plan.rejected'>, { seq, at }: Meta): State {
  const { role, planHash, actor, reason } = event;
  const others = state.rejections.filter((one) => one.role !== role || one.planHash !== planHash);
  return {
    ...state,
    approvals: ended(state.approvals, [role], planHash, 'rejected'),
    rejections: [...others, { role, planHash, actor, reason, at, seq }],
  };
}

/** Folds a request: who is asked again has not approved, whatever was there before. */
export function asked(state: State, event: Event<'approval.asked'>, { seq, at }: Meta): State {
  const { run } = state;
  const { phase, planHash, evidence } = event;
  if (run === null) return state;
  const roles = event.roles.map((one) => ({
    ...one,
    // Who was asked before and has said nothing waits since then.
    since: openQuestion(state, phase, one.role, planHash)?.since ?? at,
  }));
  const names = roles.map(({ role }) => role);
  return {
    ...state,
    approvals: ended(state.approvals, names, planHash, 'expired'),
    run: { ...run, asked: { ...run.asked, [phase]: { phase, planHash, seq, at, roles, evidence } } },
  };
}

function ended(
  approvals: readonly Approval[],
  roles: readonly string[],
  planHash: string,
  how: NonNullable<Approval['ended']>,
): readonly Approval[] {
  return approvals.map((one) =>
    one.ended === null && one.planHash === planHash && roles.includes(one.role)
      ? { ...one, ended: how }
      : one,
  );
}
