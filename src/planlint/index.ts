export type { Finding, RuleName } from './finding.ts';
export { lintPlan } from './lint.ts';
