import type { StoreInput } from '../store/index.ts';
import type { PlanInput } from './input.ts';

/** Names of a configuration, in the order they are looked for. */
export const CONFIG_NAMES: readonly string[] = ['ts', 'mts', 'mjs', 'js', 'json'].map(
  (end) => `cutover.config.${end}`,
);

/** The state file of a plan that names none, from the folder of its configuration. */
export const DEFAULT_STORE_FILE = '.cutover/state.db';

/** Where the state of a plan is, as it was written, with the default filled in. */
export function storeInputOf(store: PlanInput['store']): StoreInput {
  const { sqlite = DEFAULT_STORE_FILE, postgres, direct } = store ?? {};
  return postgres === undefined ? { sqlite } : { postgres, direct };
}
