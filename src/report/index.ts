export { calendarOf } from './calendar.ts';
export { eventLine } from './event-line.ts';
export { replayRun, type Replay } from './replay.ts';
export { explainMismatch, type IgnorePattern, type MismatchExplanation } from './explain-mismatch.ts';
export {
  mergeMismatches,
  readMismatches,
  type Mismatch,
  type Mismatches,
  type ShadowedTotals,
} from './mismatches.ts';
export { StatusReader } from './observe.ts';
export type { SideStatus } from './requests.ts';
export { shownRows, statusOf, type RowStatus, type StatusDocument, type StepStatus } from './status.ts';
