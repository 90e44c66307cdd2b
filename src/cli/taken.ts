import type { LoadedConfig } from '../config/index.ts';
import { takenBy, takenText } from '../engine/index.ts';
import { CutoverError } from '../kernel/index.ts';
import type { Context } from './command.ts';
import { openForReading, storePlaceOf } from './session.ts';

/**
 * Other migrations in the plan's state file that are on and switch what the plan switches, a sentence each. A state file
 * that cannot be read says nothing about the plan: that is told, and `cutover run` will refuse by itself.
 */
export async function takenElsewhere(context: Context, config: LoadedConfig): Promise<readonly string[]> {
  const { plan } = config;
  const environments = plan.environments.map(({ name }) => name);
  try {
    const store = await openForReading(storePlaceOf(context, config), context.clock);
    try {
      return (await takenBy(store, plan, environments)).map((taken) => takenText(plan, taken));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    context.io.progress(`other migrations were not looked at: ${error.message}`);
    return [];
  }
}
