export { approvalRequestOf, type ApprovalRequest } from './approval-request.ts';
export { approvalsOf, type RoleApproval } from './approvals.ts';
export { besideOver, readChronicle, type Beside } from './beside.ts';
export { calendarOf } from './calendar.ts';
export { eventAbout } from './event-about.ts';
export { EMPTY_CHRONICLE, evolveChronicle, type Chronicle } from './chronicle.ts';
export { eventLine } from './event-line.ts';
export { planParts } from './plan-parts.ts';
export { rowWords } from './row-words.ts';
export { replayRun, type Replay } from './replay.ts';
export {
  comparedAnswers,
  explainMismatch,
  type IgnorePattern,
  type MismatchExplanation,
} from './explain-mismatch.ts';
export { mergeMismatches, MismatchReader, readMismatches } from './mismatches.ts';
export { MOST_INSTANCES, type Mismatch, type Mismatches, type ShadowedTotals } from './mismatch-sums.ts';
export { foldAlways, type Folding } from './fold-always.ts';
export { HISTORY_KEPT_MS } from './history-sizes.ts';
export { LongHistory } from './long-history.ts';
export type { RunChronicle } from './run-chronicle.ts';
export { shadowReason } from './shadow-reason.ts';
export { StatusReader } from './observe.ts';
export type { SideStatus } from './requests.ts';
export { statusOf, type RowStatus, type StatusDocument } from './status.ts';
export { chartLimits } from './chart-limits.ts';
export { bandsOf, isBound, isDrawn, markersOf } from './chart-events.ts';
export { decisionOf, type DecidedBy } from './decision.ts';
export { explainLook, type ExplainedRow } from './explain-look.ts';
export { lookedRows } from './looked-rows.ts';
export { lossOf, rollbackPreview, type LastRollback, type RollbackPreview } from './rollback-preview.ts';
export { routingRules } from './routing-rules.ts';
export { seriesOf, type SideNumbers } from './series.ts';
export { stepText } from './step-text.ts';
export { TelemetryHistory } from './telemetry-history.ts';
export type { PhaseStatus, StepStatus } from './phases.ts';
