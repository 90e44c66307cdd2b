export type { Finding } from './finding.ts';
export { lintPlan } from './lint.ts';
export { planPower, type HoldPower, type RowPower } from './power.ts';
export { findWeakHolds } from './weak-hold.ts';
export { lintTogether } from './shared.ts';
