export { nodeSource, type NodeSourceOptions } from './source.ts';
