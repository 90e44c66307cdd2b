export type { Answer, AskedCall } from './answer.ts';
export type { TestSource, TestSourceOptions } from './contract.ts';
export { describeBoth, type DescribeBothOptions } from './describe-both.ts';
export { manualClock, type ManualClock } from './manual-clock.ts';
export type { TestRunner } from './runner.ts';
export { testSource } from './test-source.ts';
