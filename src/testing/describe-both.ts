import type { AssertionError } from 'node:assert';
import { CutoverError } from '../kernel/index.ts';
import type { RepositoryOptions } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import { compared } from './compared.ts';
import type { Compare } from './disagreement.ts';
import { atEndOfTest, runnerOf, type TestRunner } from './runner.ts';

/**
 * The two sides of one repository, and what is compared.
 *
 * @example
 * const sides: DescribeBothOptions<SqlUsers> = {
 *   control: () => new SqlUsers(db), candidate: () => new DrizzleUsers(db), reads: ['find'],
 *   compare: (control, candidate) => control.kind === candidate.kind,
 * };
 */
export type DescribeBothOptions<C extends object> = {
  /** Makes the implementation that is there, anew for each test. */
  readonly control: () => C | Promise<C>;
  /** Makes the one that replaces it, anew for each test: the same members. */
  readonly candidate: () => RepositoryOptions<C>['candidate'] | Promise<RepositoryOptions<C>['candidate']>;
  /** Methods that change nothing: the ones that are compared. */
  readonly reads: RepositoryOptions<C>['reads'];
  /**
   * Whether two answers count as the same, in place of deep equality; one that throws says no.
   * @default deep equality of what was returned, or of name, message, cause and keys of what was thrown
   */
  readonly compare?: Compare;
  /** Who writes, and whose answers the suite gets, when both are compared. @default 'control' */
  readonly serves?: Side;
};

/**
 * Runs a suite that you have three times: against control, against the candidate, and against both, where each call of a
 * read goes to both and their answers have to agree. A write runs once, on the side that serves.
 *
 * Use it for the tests of a data layer that is being replaced. In the third run both have to stand on the same data: let
 * the factories use a database that a `beforeEach` around `describeBoth` has made. Await each call there: a write
 * that runs between the two answers of a read makes them differ. Tests of one suite run one after the other.
 *
 * A difference is an `AssertionError` with the call and the first path at which the answers differ. It rejects the call, and
 * fails the test also when that was caught.
 *
 * @param name the repository, in titles and messages
 * @param define your suite; what it is given returns the repository of the test that is running
 * @param runner of vitest or `node:test`, imported. @default the global `describe` and `beforeEach`
 * @throws CutoverError `USAGE` without a runner or without a read; `UNKNOWN_METHOD`, in the test, for a read that a side
 *   lacks
 * @example
 * describeBoth(
 *   'user',
 *   { control: () => new SqlUsers(db), candidate: () => new DrizzleUsers(db), reads: ['find'] },
 *   (users) => {
 *     it('finds who was created', async () => {
 *       const { id } = await users().create('Ana');
 *       assert.equal((await users().find(id))?.name, 'Ana');
 *     });
 *   },
 *   { describe, beforeEach },
 * );
 */
export function describeBoth<C extends object>(
  name: string,
  options: DescribeBothOptions<C>,
  define: (getRepository: () => C) => void | Promise<void>,
  runner?: TestRunner,
): void {
  if (options.reads.length === 0) {
    throw new CutoverError('USAGE', `describeBoth("${name}"): reads is empty, nothing would be compared`, {
      hint: 'name the methods that change nothing',
    });
  }
  const run = runnerOf(runner);
  // Of the class's public side: that it stands in for control is what the candidate's type has promised.
  const candidate = async (): Promise<C> => (await options.candidate()) as C;
  run.describe(name, () => {
    describeOne(run, 'control', async () => options.control(), define);
    describeOne(run, 'candidate', candidate, define);
    describeOne(run, 'both, compared', (found) => makeCompared(name, options, found), define);
  });
}

/** Each test of a variant gets a repository of its own. */
function describeOne<C extends object>(
  { describe, beforeEach }: TestRunner,
  title: string,
  make: (found: (difference: AssertionError) => void) => Promise<C>,
  define: (getRepository: () => C) => void | Promise<void>,
): void {
  describe(title, () => {
    let repository: C | undefined;
    // No named parameter: runners read how many there are, and what they are called.
    beforeEach(async (...[context]) => {
      const found: AssertionError[] = [];
      // Also when the call's own failure was caught: a test that expects an error would take this one for it.
      atEndOfTest(context, () => {
        const [first] = found;
        if (first !== undefined) throw first;
      });
      repository = undefined;
      repository = await make((difference) => void found.push(difference));
    });
    return define(() => {
      if (repository !== undefined) return repository;
      throw new CutoverError('USAGE', `the repository of "${title}" was asked for outside of a test`, {
        hint: 'call it inside of it(), test() or beforeEach()',
      });
    });
  });
}

async function makeCompared<C extends object>(
  repository: string,
  { control, candidate, reads, compare, serves }: DescribeBothOptions<C>,
  found: (difference: AssertionError) => void,
): Promise<C> {
  const sides = { control: await control(), candidate: await candidate() };
  for (const [side, implementation] of Object.entries(sides)) {
    for (const read of reads) {
      if (typeof Reflect.get(implementation, read) === 'function') continue;
      throw new CutoverError('UNKNOWN_METHOD', `${side} of repository "${repository}" lacks ${read}()`, {
        hint: 'reads names methods of both sides',
      });
    }
  }
  return compared(sides.control, sides.candidate, {
    repository,
    serves: serves ?? 'control',
    reads,
    compare,
    found,
  });
}
