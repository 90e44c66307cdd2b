export { compareAnswers, type Comparison } from './answers.ts';
export { capture, captureThrown } from './capture.ts';
export type { Difference } from './diff.ts';
export { groupId } from './group.ts';
export { NoiseModel } from './noise.ts';
export { redact } from './redact.ts';
export type { Captured } from './seen.ts';
export { compareRules, ignoredBy, type CompareOptions, type CompareRules } from './rules.ts';
