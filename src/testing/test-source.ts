import type { TestSource, TestSourceOptions } from './contract.ts';
import { MemorySource } from './memory-source.ts';

/**
 * A source for tests, without store, file or thread: for what your application does when the exposure changes, when it
 * is killed, when the store is gone. Connected, it is fresh and unset, which is control. One source is for one
 * `createCutover`; close it, or its timer goes on (it does not keep the process alive).
 *
 * @throws CutoverError `USAGE` when a second `createCutover` connects
 * @example
 * const source = testSource({ plan });
 * const cutover = createCutover(plan, { source });
 * source.expose(100);
 * source.goStale();
 * assert.equal(cutover.which('user').side, 'control');
 */
export function testSource(options: TestSourceOptions = {}): TestSource {
  return new MemorySource(options);
}
