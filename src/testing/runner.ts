import { CutoverError } from '../kernel/index.ts';
import { isObject } from './parts.ts';

/**
 * What `describeBoth` needs of a test runner: the functions of vitest and of `node:test` fit as they are.
 *
 * @example
 * import { beforeEach, describe } from 'node:test';
 * const runner: TestRunner = { describe, beforeEach };
 */
export type TestRunner = {
  readonly describe: (name: string, define: () => void | Promise<void>) => unknown;
  readonly beforeEach: (work: (...context: readonly unknown[]) => Promise<void>) => unknown;
};

/**
 * The runner that was given, else the one that the test environment has put into the global scope.
 *
 * @throws CutoverError `USAGE` when there is neither
 */
export function runnerOf(given: TestRunner | undefined): TestRunner {
  if (given !== undefined) return given;
  const { describe, beforeEach } = globalThis as Partial<TestRunner>;
  if (typeof describe === 'function' && typeof beforeEach === 'function') return { describe, beforeEach };
  throw new CutoverError('USAGE', 'describeBoth: there is no global describe() and beforeEach()', {
    hint: 'pass those of your runner as the last argument: { describe, beforeEach }',
  });
}

/**
 * Does work when the test and all its `afterEach` have ended; what it throws fails the test. Not an `afterEach`: a runner
 * leaves out the ones behind one that throws, and those are the suite's own cleaning up.
 *
 * @param context what the runner gave to `beforeEach`: vitest's (a function) has `onTestFinished`, that of `node:test` has `after`.
 *   With any other runner nothing is done.
 */
export function atEndOfTest(context: unknown, work: () => void): void {
  for (const name of ['onTestFinished', 'after'] as const) {
    const register: unknown = isObject(context) ? Reflect.get(context, name) : undefined;
    if (typeof register === 'function') return void Reflect.apply(register, context, [work]);
  }
}
