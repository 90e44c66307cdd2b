export { compareAnswers, type Comparison } from './answers.ts';
export { capture, captureThrown, CAPTURE_LIMITS, type CaptureLimits } from './capture.ts';
export type { Difference } from './diff.ts';
export { groupId } from './group.ts';
export { NoiseModel } from './noise.ts';
export { redact, type RedactOptions } from './redact.ts';
export { compareRules, ignoredBy, type CompareOptions, type CompareRules } from './rules.ts';
export type { Captured } from './seen.ts';
