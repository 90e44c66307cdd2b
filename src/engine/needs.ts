import type { Phase, Plan } from '../plan/index.ts';
import { openQuestion, standingApproval, type AskedBecause } from './approval.ts';
import { followingStep } from './following.ts';
import { activeRun, type State } from './state.ts';

/** What a phase waits for before it begins. */
export type Need =
  | { readonly kind: 'checklist'; readonly checklist: string; readonly open: readonly string[] }
  /** A person of this role has not approved the plan with the hash that runs. */
  | {
      readonly kind: 'approval';
      readonly role: string;
      /** Since when and why it is asked; `null` before a run stands before the phase. */
      readonly asked: { readonly since: number; readonly because: AskedBecause } | null;
    };

/** The needs of a phase that are still open: items that nobody confirmed, roles that did not approve this very plan. */
export function openNeeds(state: State, plan: Plan, planHash: string, phase: Phase): readonly Need[] {
  const { checks } = state;
  const lists = phase.needs.checklists.flatMap((checklist): readonly Need[] => {
    const open = (plan.checklists[checklist] ?? []).filter(
      (item) => !checks.some((one) => one.checklist === checklist && one.item === item),
    );
    return open.length === 0 ? [] : [{ kind: 'checklist', checklist, open }];
  });
  const roles = phase.needs.approvals.flatMap((role): readonly Need[] =>
    standingApproval(state, role, planHash) === null
      ? [{ kind: 'approval', role, asked: askedOf(state, planHash, phase, role) }]
      : [],
  );
  return [...lists, ...roles];
}

/** The needs that keep a run from its next phase; none in the middle of one. */
export function waitingNeeds(state: State): readonly Need[] {
  const run = activeRun(state);
  if (run === null || run.status !== 'running' || (run.position !== null && !run.step.done)) return [];
  const environment = state.routing?.environment ?? '';
  const following = followingStep(run.plan, environment, run.position, run.skipped);
  if (following === null || following.phase.id === run.position?.phase) return [];
  return openNeeds(state, run.plan, run.planHash, following.phase);
}

function askedOf(
  state: State,
  planHash: string,
  phase: Phase,
  role: string,
): Extract<Need, { kind: 'approval' }>['asked'] {
  const asked = openQuestion(state, phase.id, role, planHash);
  return asked === null ? null : { since: asked.since, because: asked.because };
}

/** `2 of checklist "infrastructure", approval of CTO`. */
export function needsText(needs: readonly Need[]): string {
  return needs
    .map((need) =>
      need.kind === 'approval'
        ? `approval of ${need.role}`
        : `${need.open.length} of checklist "${need.checklist}"`,
    )
    .join(', ');
}
