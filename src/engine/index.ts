export {
  approvalEndsAt,
  askedNow,
  openQuestion,
  standingApproval,
  standingRejection,
  type Approval,
  type ApprovalEvidence,
  type AskedApproval,
  type Share,
} from './approval.ts';
export { evidenceOf } from './approval-evidence.ts';
export { delayOf, dayOneOf } from './delay.ts';
export { barePlan } from './bare-plan.ts';
export { recordBaseline } from './baseline.ts';
export { confirmationNeeded, isProtected, refuseUnconfirmed } from './confirmed.ts';
export { openItems, pendingConfirm } from './confirm.ts';
export { controlGroupTexts, groupsToSay } from './control-group.ts';
export { Controller, type ControllerOptions, type EffectPort } from './controller.ts';
export { dueCheck, type DatabasePort } from './database-check.ts';
export { fromStored, type CutoverEvent, type Evidence, type Settled } from './events.ts';
export { evolve, isExposed } from './evolve.ts';
export { Fleet } from './fleet.ts';
export { evolveHands, NO_HANDS, refuseSameHands, type Hands } from './hands.ts';
export type { InstanceView } from './instances.ts';
export { leftOnControl } from './left-on-control.ts';
export { judgeLook, rulesOf, type Judged } from './judge-look.ts';
export { followingStep } from './following.ts';
export { openNeeds, waitingNeeds, type Need } from './needs.ts';
export { CONTROLLER, gateToWatch, next as nextEvents, waitingFor } from './next.ts';
export { refuseRaiseInFreeze } from './frozen-flag.ts';
export { loadState, operate, requestFlag } from './operate.ts';
export { killedFlags, requestEvents, resolveFlag, type OperatorRequest } from './request.ts';
export { rowsOf } from './rows.ts';
export type { MeasurePort } from './measures.ts';
export type { ProbePort } from './probes.ts';
export { register, registerFirst, registrationOf, startRun } from './start.ts';
export { takenBy, takenText } from './taken.ts';
export { migrationStreams } from './streams.ts';
export { activeRun, emptyState, streamOf, type Run, type State } from './state.ts';
export { isPassing } from './lease.ts';
export { awaitVerified } from './verified.ts';
export { checkLog, loadSound } from './verify.ts';
