export type { Answer, AskedCall } from './answer.ts';
export {
  benchmarkedOperations,
  defineBenchmark,
  type ArgumentsOf,
  type Benchmark,
  type BenchmarkedOperation,
  type BenchmarkOperations,
  type BenchmarkSide,
} from './benchmark.ts';
export { BEGIN, type Calls, type Cursor, type Page, type Position } from './argument-source.ts';
export { defineComparison, type CallsOf, type ComparedSides, type Comparison } from './comparison.ts';
export type { TestSource, TestSourceOptions } from './contract.ts';
export { describeBoth, type DescribeBothOptions } from './describe-both.ts';
export { manualClock, type ManualClock } from './manual-clock.ts';
export type { TestRunner } from './runner.ts';
export {
  openBenchmark,
  type Batch,
  type BatchTimes,
  type BenchmarkFault,
  type OpenBenchmark,
} from './open-benchmark.ts';
export { testSource } from './test-source.ts';
export {
  openComparison,
  type ComparedPart,
  type OpenComparison,
  type OperationId,
  type PartOptions,
} from './open-comparison.ts';
export { readShown } from './shown-arguments.ts';
