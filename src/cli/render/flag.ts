import type { FlagName } from '../../plan/index.ts';
import type { FlagState } from '../../route/index.ts';

/** A flag's names: `use_drizzle, also USE-DRIZZLE, overridden by $USE_DRIZZLE`. */
export function flagText({ name, aliases, env }: FlagName): string {
  const also = aliases.length === 0 ? '' : `, also ${aliases.join(', ')}`;
  return `${name}${also}${env === null ? '' : `, overridden by $${env}`}`;
}

/** What is stored for a flag: `killed`, `unset`, or a share. */
export function flagValueText({ exposure, of, killed, holdback }: FlagState): string {
  if (killed !== false) return `false (killed, ${killed})`;
  const held = holdback === undefined ? '' : `, ${holdback / 100} % held back`;
  return exposure === 'unset' ? 'unset' : `${exposure / 100} % of ${of}${held}`;
}
