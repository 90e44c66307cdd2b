export { queryCounter } from './query-counter.ts';
export { nodeSource, type NodeSourceOptions } from './source.ts';
