import type { Colour, Verdict } from '../gate/index.ts';
import { approvedWithinMs, environmentPhases, type Phase, type Plan } from '../plan/index.ts';
import type { ExposureUnit } from '../route/index.ts';
import type { By } from './events.ts';
import { followingStep } from './following.ts';
import { activeRun, type State } from './state.ts';

/**
 * An approval of a role for one hash of the plan. It stands until one of these ends it:
 *
 *   standing ──▶ expired     it was older than its phase allows when that was to begin; the role was asked again
 *   standing ──▶ rejected    somebody said no as that role
 *   standing ──▶ renewed     another one of the same role came after it
 */
export type Approval = By & {
  readonly role: string;
  readonly planHash: string;
  readonly at: number;
  readonly ended: 'expired' | 'rejected' | 'renewed' | null;
};

/** The last no of a role to one hash of the plan; gone once the role approves it. */
export type Rejection = By & {
  readonly role: string;
  readonly planHash: string;
  readonly at: number;
  readonly seq: number;
};

/** Why a role is asked. `expired`: what it gave is too old. `another plan`: what it approved is not what runs. */
export type AskedBecause = 'not given' | 'expired' | 'rejected' | 'another plan';

export type AskedRole = {
  readonly role: string;
  readonly because: AskedBecause;
  /** The approval or the rejection that was there before; `null` for one that was never given. */
  readonly before: { readonly actor: string; readonly at: number } | null;
};

/** A request for approvals that is in the log. */
export type AskedApproval = {
  readonly phase: string;
  readonly planHash: string;
  readonly seq: number;
  readonly at: number;
  /** `since`: when the role was first asked, if it has not answered since. */
  readonly roles: readonly (AskedRole & { readonly since: number })[];
  readonly evidence: ApprovalEvidence;
};

/** What an approval stands on: how things were when it was asked for. Numbers are texts, so that they stay as they were seen. */
export type ApprovalEvidence = {
  /** The last look; `null` when nothing was judged since the exposure was last changed. */
  readonly look: {
    readonly gate: string;
    readonly at: number;
    readonly verdict: Verdict;
    readonly rows: readonly EvidenceRow[];
  } | null;
  readonly newErrors: number;
  readonly baselineAt: number | null;
  /** Every checklist that the phase needs. */
  readonly checklists: readonly {
    readonly checklist: string;
    readonly items: number;
    readonly open: readonly string[];
  }[];
  /** What changes with the phase; repositories that it does not touch are not there. */
  readonly exposure: readonly {
    readonly repository: string;
    readonly from: Share;
    readonly to: readonly Share[];
  }[];
  /** Steps that people left out until then, `phase/step`. */
  readonly skipped: readonly string[];
};

export type EvidenceRow = {
  readonly title: string;
  readonly verdict: Verdict;
  readonly colour: Colour;
  readonly value: string;
  readonly yellow: string;
  readonly red: string;
  readonly samples: number;
  readonly reason: string;
};

/** An exposure, 0..10000; `null` is unset. */
export type Share = {
  readonly exposure: number | null;
  readonly of: ExposureUnit;
  /** By the instances' own variable. */
  readonly byEnvironment: boolean;
};

/** The approval that a role gave to this very plan, if it stands. */
export function standingApproval(
  { approvals }: Pick<State, 'approvals'>,
  role: string,
  planHash: string,
): Approval | null {
  return (
    approvals.find((one) => one.role === role && one.planHash === planHash && one.ended === null) ?? null
  );
}

/** The no that a role said to this very plan, if it has not approved it since. */
export function standingRejection(
  { rejections }: Pick<State, 'rejections'>,
  role: string,
  planHash: string,
): Rejection | null {
  return rejections.find((one) => one.role === role && one.planHash === planHash) ?? null;
}

/** When an approval is too old for a phase to begin on it, wall clock. */
export function approvedUntil({ at }: Pick<Approval, 'at'>, phase: Phase): number {
  return at + approvedWithinMs(phase);
}

/** The phases of an environment that have not begun and need this role. */
export function phasesNeeding(state: State, plan: Plan, role: string): readonly Phase[] {
  // Before anything is registered only the stream's name has the environment.
  const phases = environmentPhases(plan, state.stream.split('/')[1] ?? '');
  const here = phases.findIndex(({ id }) => id === activeRun(state)?.position?.phase);
  return phases.slice(here + 1).filter(({ needs }) => needs.approvals.includes(role));
}

/** When an approval ends for the first phase ahead for which it does; `null` when no phase ahead needs its role. */
export function approvalEndsAt(state: State, plan: Plan, approval: Approval): number | null {
  const ends = phasesNeeding(state, plan, approval.role).map((phase) => approvedUntil(approval, phase));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** The request of the phase before which the run that is on stands; `null` when it stands before none, or nobody had to be asked. */
export function askedNow(state: State): AskedApproval | null {
  const run = activeRun(state);
  if (run === null || (run.position !== null && !run.step.done)) return null;
  const following = followingStep(run.plan, state.routing?.environment ?? '', run.position, run.skipped);
  if (following === null || following.phase.id === run.position?.phase) return null;
  return run.asked[following.phase.id] ?? null;
}

/** What a role was asked for a phase and has not answered; `null` when nobody asked, or something was said since. */
export function openQuestion(
  state: State,
  phase: string,
  role: string,
  planHash: string,
): AskedApproval['roles'][number] | null {
  const asked = state.run?.asked[phase];
  if (asked === undefined || asked.planHash !== planHash) return null;
  const rejection = standingRejection(state, role, planHash);
  const isAnswered =
    standingApproval(state, role, planHash) !== null || (rejection !== null && rejection.seq > asked.seq);
  return isAnswered ? null : (asked.roles.find((one) => one.role === role) ?? null);
}
