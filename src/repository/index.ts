export { createCutover } from './create.ts';
export type { Cutover, CutoverOptions, MethodOf, RepositoryOptions } from './create.ts';
export type { Explanation } from './runtime.ts';
export type * from './hooks.ts';
export type * from './shadow.ts';
export type * from './source.ts';
export { isThenable, observe } from './thenable.ts';
