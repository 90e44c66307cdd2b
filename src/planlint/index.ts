export type { Finding } from './finding.ts';
export { lintPlan } from './lint.ts';
