export { parsePlan } from './parse.ts';
export { findConfig } from './find.ts';
export { importDefault, loadConfig, type LoadedConfig } from './load.ts';
export { diffPlans, formatDiff, type PlanChange } from './diff.ts';
export { checkCompatible } from './compatible.ts';
