/** Names of a configuration, in the order they are looked for. */
export const CONFIG_NAMES: readonly string[] = ['ts', 'mts', 'mjs', 'js', 'json'].map(
  (end) => `cutover.config.${end}`,
);

/** The state file of a plan that names none, from the folder of its configuration. */
export const DEFAULT_STORE_FILE = '.cutover/state.db';
