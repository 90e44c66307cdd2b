import type { Phase, Plan } from '../plan/index.ts';
import { followingStep } from './following.ts';
import { activeRun, type State } from './state.ts';

/** What a phase waits for before it begins. */
export type Need =
  | { readonly kind: 'checklist'; readonly checklist: string; readonly open: readonly string[] }
  /** A person of this role has not approved the plan with the hash that runs. */
  | { readonly kind: 'approval'; readonly role: string };

/** The needs of a phase that are still open: items that nobody confirmed, roles that did not approve this very plan. */
export function openNeeds(
  { checks, approvals }: State,
  plan: Plan,
  planHash: string,
  phase: Phase,
): readonly Need[] {
  const lists = phase.needs.checklists.flatMap((checklist): readonly Need[] => {
    const open = (plan.checklists[checklist] ?? []).filter(
      (item) => !checks.some((one) => one.checklist === checklist && one.item === item),
    );
    return open.length === 0 ? [] : [{ kind: 'checklist', checklist, open }];
  });
  const roles = phase.needs.approvals.flatMap((role): readonly Need[] =>
    approvals.some((one) => one.role === role && one.planHash === planHash)
      ? []
      : [{ kind: 'approval', role }],
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
