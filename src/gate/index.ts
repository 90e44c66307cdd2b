export { judgeAssignment, type AssignmentMemory, type JudgedAssignment } from './assignment.ts';
export { countDrawn, type AskedAssignment, type SeenAssignment } from './count-drawn.ts';
export { explainRow, type Explanation } from './explain.ts';
export { formatMeasure, formatMetric } from './format.ts';
export { divideAlpha, hasEvidence, ROLLBACK_ALPHA } from './alpha.ts';
export type { Counts } from './counts.ts';
export { latencyLimits } from './threshold.ts';
export { judgeGate } from './judge-gate.ts';
export {
  isBeyondRed,
  judgeRow,
  NO_MEMORY,
  type Colour,
  type RowMeasure,
  type RowMemory,
  type Verdict,
} from './judge.ts';
export {
  errorsSeen,
  measureBaseline,
  measureRow,
  scaleSettings,
  slopeSpanMs,
  type Reference,
} from './measure.ts';
export { countsOfAsked, measureAsked } from './asked.ts';
export type { Answers, AnswerSide, Level, MeasureAnswer, Series } from './asked.ts';
export type { ProbeSamples } from './probe.ts';
export {
  healthyAfter,
  NO_HISTORY,
  POWER,
  powerOf,
  smallestFound,
  type Healthy,
  type PowerRow,
  type PowerStage,
} from './power.ts';
export { selfTest } from './self-test.ts';
export { createWindow, latencyOf, sumShadowed, type Window } from './window.ts';
