import { dirname, resolve } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import { checkDatabase } from '../deploy/index.ts';
import type { DatabasePort } from '../engine/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { DatabaseCheck } from '../plan/index.ts';

/** Looks at the plan's databases, one after another: their disk is the application's. */
export function databasesOf({ file, plan }: LoadedConfig, clock: Clock): DatabasePort {
  return {
    async check(names, signal) {
      const checks: DatabaseCheck[] = [];
      for (const name of names) {
        const database = plan.databases[name];
        if (database === undefined) continue;
        const path = resolve(dirname(file), database.sqlite);
        checks.push(...(await checkDatabase(name, path, database, { clock, signal })));
      }
      return checks;
    },
  };
}
