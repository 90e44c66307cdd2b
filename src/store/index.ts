export { sha256, verifyChain } from './chain.ts';
export type * from './contract.ts';
export { openSqliteStore } from './sqlite.ts';
