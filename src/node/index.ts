export { queriesInShadow } from './queries-in-shadow.ts';
export { queryCounter } from './query-counter.ts';
export { nodeSource, type NodeSourceOptions } from './source.ts';
