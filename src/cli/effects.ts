import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import { askMeasure, askProbe, askSql, callHttp, measureSize, runCommand } from '../deploy/index.ts';
import type { EffectPort, MeasurePort, ProbePort } from '../engine/index.ts';
import type { Context } from './command.ts';

/** Requests of the plan's probes. */
export function probesOf(env: Context['env']): ProbePort {
  return { ask: (probe, signal) => askProbe(probe, { signal, env }) };
}

/** Questions to databases, addresses and the plan's Prometheus. */
export function measuresOf({ file, plan }: LoadedConfig, env: Context['env']): MeasurePort {
  return { ask: (metric, signal) => askMeasure(plan, metric, { folder: dirname(file), env, signal }) };
}

/** Steps with an effect outside, carried out from the configuration's folder. */
export function effectsOf(config: LoadedConfig, env: Context['env']): EffectPort {
  const folder = dirname(config.file);
  return {
    run(step, { key, attempt, signal }) {
      switch (step.kind) {
        case 'command':
          return runCommand(step, { key, attempt, cwd: folder, signal });
        case 'http':
          return callHttp(step, { key, signal, env });
        case 'size':
          return measureSize(step, { cwd: folder, signal });
        case 'sql': {
          const database = config.plan.databases[step.database];
          if (database === undefined) {
            return Promise.resolve({
              ok: false,
              output: `the configuration has no database "${step.database}"`,
            });
          }
          return askSql(step, database, { folder, env, signal });
        }
      }
    },
  };
}
