import type { Runner } from './shop.ts';

type Work = () => Promise<void>;
type BeforeEach = (...context: readonly unknown[]) => Promise<void>;

/**
 * Runs a suite that is made to fail, as a test runner would, and answers with what failed.
 *
 * @param reset before each test
 */
export async function runByHand(
  reset: Work,
  define: (runner: Runner) => void,
): Promise<readonly { readonly title: string; readonly error: unknown }[]> {
  const tests: { readonly title: string; readonly before: readonly BeforeEach[]; readonly test: Work }[] = [];
  let path: readonly string[] = [];
  let before: readonly BeforeEach[] = [];
  define({
    describe(name, inner) {
      const outer = { path, before };
      path = [...path, name];
      void inner();
      ({ path, before } = outer);
    },
    beforeEach: (work) => void (before = [...before, work]),
    it: (title, test) => void tests.push({ title: [...path, title].join(' › '), before, test }),
  });
  const failed = [];
  for (const { title, before: works, test } of tests) {
    await reset();
    const ends: (() => void)[] = [];
    const context = { onTestFinished: (work: () => void) => void ends.push(work) };
    try {
      for (const work of works) await work(context);
      await test();
      for (const end of ends) end();
    } catch (error) {
      failed.push({ title, error });
    }
  }
  return failed;
}
