export type { Finding } from './finding.ts';
export { lintPlan } from './lint.ts';
export { lintTogether } from './shared.ts';
