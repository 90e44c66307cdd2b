import { registerHooks } from 'node:module';

/** `.ts` when run from source, `.js` from what was built. */
const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** This package's entries by the name that a configuration imports them with. */
const OURSELVES: ReadonlyMap<string, URL> = new Map([
  ['cutover', new URL(`../index${ENDING}`, import.meta.url)],
  ['cutover/node', new URL(`../node/index${ENDING}`, import.meta.url)],
  ['cutover/testing', new URL(`../testing/index${ENDING}`, import.meta.url)],
]);

/**
 * Lets a configuration import `cutover` also where it is not installed beside it (a global installation, `npx`,
 * a test in a temporary folder): what cannot be found is this package. A found one wins, as it always does in Node.
 */
export function resolveSelf(): Disposable {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        const own = OURSELVES.get(specifier);
        if (own === undefined) throw error;
        return { url: own.href, shortCircuit: true };
      }
    },
  });
  return { [Symbol.dispose]: () => hooks.deregister() };
}
