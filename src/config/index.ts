export { parsePlan } from './parse.ts';
export { findConfig } from './find.ts';
export { importDefault, loadConfig, type LoadedConfig } from './load.ts';
export { diffPlans, formatDiff, showChange, type PlanChange, type ShownChange } from './diff.ts';
export { checkCompatible } from './compatible.ts';
