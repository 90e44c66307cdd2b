export { FULL_EXPOSURE, UNSET_FLAG } from './state.ts';
export type * from './state.ts';
