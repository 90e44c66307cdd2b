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
