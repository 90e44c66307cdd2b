export { compareAnswers, type Comparison } from './answers.ts';
export { capture, captureThrown, CAPTURE_LIMITS, type CaptureLimits } from './capture.ts';
export type { Difference } from './diff.ts';
export { DIFFERENCE_KINDS, REPRESENTATIONS, type DifferenceKind, type Representation } from './difference.ts';
export { groupId } from './group.ts';
export { textOf } from './identity.ts';
export { plain } from './plain.ts';
export { NoiseModel } from './noise.ts';
export { noted } from './note.ts';
export { incomparableText, stumbleText } from './reason.ts';
export { queriesDifference, type QueryCounter } from './queries.ts';
export { refusedWrite } from './refused-write.ts';
export { redact, type RedactOptions } from './redact.ts';
export {
  compareInvalid,
  compareRules,
  ignoredBy,
  rulesBeside,
  type CompareOptions,
  type CompareRules,
  type IgnoreRule,
} from './rules.ts';
export type { Captured } from './seen.ts';
