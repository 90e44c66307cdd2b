import { CutoverError, suggest } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import { approvalEndsAt, phasesNeeding, standingApproval, standingRejection } from './approval.ts';
import type { By, CutoverEvent } from './events.ts';
import { activeRun, type Run, type State } from './state.ts';

type Answer = { readonly plan: Plan; readonly planHash: string; readonly role: string };

/**
 * Several roles are several people: one who signs for all of them is no second look. What the role gave already is not
 * logged twice, unless it is too old by now for a phase that needs it.
 *
 * @param now wall clock, milliseconds
 * @throws CutoverError `USAGE` for a role that no phase needs, `RUN_STATE` for a person who approved as another one
 */
export function approve(
  state: State,
  { plan, planHash, role, now }: Answer & { readonly now: number },
  by: By,
): readonly CutoverEvent[] {
  mustBeNeeded(plan, role);
  const own = standingApproval(state, role, planHash);
  const endsAt = own === null ? null : approvalEndsAt(state, plan, own);
  if (own !== null && (endsAt === null || now < endsAt)) return [];
  const other = state.approvals.find(
    (one) => one.planHash === planHash && one.ended === null && one.actor === by.actor && one.role !== role,
  );
  if (other !== undefined) {
    throw new CutoverError('RUN_STATE', `${by.actor} approved this plan already, as ${other.role}`, {
      hint: `another person has to approve it as ${role}: --actor says who acts`,
    });
  }
  return [{ kind: 'plan.approved', role, planHash, ...by }];
}

/**
 * A no ends what the role approved and pauses the run of that plan, wherever it stands. Nothing is taken back by it: whoever
 * resumes the run has the role asked again.
 *
 * @throws CutoverError `USAGE` for a role that no phase needs, `RUN_STATE` when no phase ahead does
 */
export function reject(state: State, { plan, planHash, role }: Answer, by: By): readonly CutoverEvent[] {
  mustBeNeeded(plan, role);
  if (phasesNeeding(state, plan, role).length === 0) {
    throw new CutoverError('RUN_STATE', `no phase ahead needs ${role}: what it approved has begun`, {
      hint: '"cutover pause" stops the run where it is, "cutover rollback" takes it back',
    });
  }
  const run = activeRun(state);
  const paused = run !== null && stops(run, planHash) ? [pause(role, by)] : [];
  if (paused.length === 0 && isSaid(state, planHash, role)) return [];
  return [{ kind: 'plan.rejected', role, planHash, ...by }, ...paused];
}

function stops({ status, planHash }: Run, rejected: string): boolean {
  return status === 'running' && planHash === rejected;
}

function pause(role: string, { actor, reason }: By): CutoverEvent {
  return { kind: 'run.paused', cause: 'approval rejected', actor, reason: `${role}: ${reason}` };
}

/** The role's last word is a no, and nobody has asked it since. */
function isSaid(state: State, planHash: string, role: string): boolean {
  const rejection = standingRejection(state, role, planHash);
  const asked = Object.values(state.run?.asked ?? {}).filter((one) => one.planHash === planHash);
  return rejection !== null && asked.every(({ seq }) => seq < rejection.seq);
}

function mustBeNeeded(plan: Plan, role: string): void {
  const roles = [...new Set(plan.phases.flatMap((phase) => phase.needs.approvals))];
  if (roles.includes(role)) return;
  const near = suggest(role, roles);
  throw new CutoverError('USAGE', `there is no role ${JSON.stringify(role)} in the plan`, {
    hint:
      near === undefined ? `known: ${roles.join(', ') || 'none'}` : `did you mean ${JSON.stringify(near)}?`,
  });
}
