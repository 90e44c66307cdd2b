export { defineCutover } from './input.ts';
export type * from './input.ts';
export { allFlagNames, findFlag, flagNames, type FlagNames } from './names.ts';
export { checkedDatabases, databaseFindings, type DatabaseCheck } from './database-check.ts';
export { maxHoldOf, PATIENCE_MS } from './hold.ts';
export { environmentPhases, stageAt, stepAt, type Position, type Stage } from './position.ts';
export { CONFIG_NAMES, DEFAULT_STORE_FILE, storeInputOf } from './place.ts';
export type * from './plan.ts';
export { sharedNames, sharedText, type Shared } from './shared.ts';
