export { GENESIS_HASH, sha256, verifyChain, type ChainVerdict } from './chain.ts';
export type * from './contract.ts';
export type { SqliteOptions } from './file.ts';
export { FORMAT } from './schema.ts';
export { openSqliteStore } from './sqlite.ts';
