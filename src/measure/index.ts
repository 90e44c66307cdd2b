export { GAUGE_NAMES } from './batch.ts';
export type * from './batch.ts';
export type { SketchData } from './sketch.ts';
