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
export { loadDriver } from './postgres/driver.ts';
export { inspectPostgres, type Inspection } from './postgres/inspect.ts';
export { ChainCheck, sha256, verifyChain } from './chain.ts';
export type * from './contract.ts';
export { openStore, storeExists } from './open.ts';
export { placeText, storePlace, type StoreInput, type StorePlace } from './place.ts';
export { openSqliteStore } from './sqlite.ts';
export { namesSeveralHosts } from './postgres/address.ts';
