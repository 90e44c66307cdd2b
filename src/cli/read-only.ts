import { parseOverride } from '../route/index.ts';
import type { Context } from './command.ts';
import { isOn } from './given.ts';

/** Whether this process may change nothing: --read-only, or CUTOVER_READ_ONLY. */
export function isReadOnly({ given, env }: Pick<Context, 'given' | 'env'>): boolean {
  const variable = env['CUTOVER_READ_ONLY'] || undefined;
  return isOn(given, 'readOnly') || parseOverride('CUTOVER_READ_ONLY', variable) === true;
}
