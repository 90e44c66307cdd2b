import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import { checkDatabase } from '../deploy/index.ts';
import type { DatabasePort } from '../engine/index.ts';
import type { DatabaseCheck } from '../plan/index.ts';
import type { Context } from './command.ts';

/** Looks at the plan's databases, one after another: they are the application's, and so is their disk. */
export function databasesOf(
  { file, plan }: LoadedConfig,
  { clock, env }: Pick<Context, 'clock' | 'env'>,
): DatabasePort {
  const folder = dirname(file);
  return {
    async check(names, signal) {
      const checks: DatabaseCheck[] = [];
      for (const name of names) {
        const database = plan.databases[name];
        if (database === undefined) continue;
        checks.push(...(await checkDatabase(name, database, { folder, env, clock, signal })));
      }
      return checks;
    },
  };
}
