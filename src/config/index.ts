export { parsePlan, planHash, type CheckedPlan } from './parse.ts';
export type { Problem } from './problem.ts';
export { CONFIG_NAMES, findConfig } from './find.ts';
export { loadConfig, type LoadedConfig } from './load.ts';
export { diffPlans, formatDiff, type PlanChange } from './diff.ts';
export { checkCompatible } from './compatible.ts';
