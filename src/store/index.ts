export {
  copyStateFile,
  faultOf,
  makeFolder,
  markOf,
  putInPlace,
  raiseFences,
  readBeats,
  readLeases,
  removeStateFile,
  replaceStateFile,
  type Beat,
} from './backup.ts';
export { ChainCheck, sha256, verifyChain } from './chain.ts';
export type * from './contract.ts';
export { openStore } from './open.ts';
export { storePlace } from './place.ts';
export { openSqliteStore } from './sqlite.ts';
