import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import {
  askMeasure,
  askProbe,
  askSql,
  callHttp,
  keptOutcome,
  measureSize,
  runCommand,
} from '../deploy/index.ts';
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
    run: async (step, context) => keptOutcome(await carriedOut(config, folder, env, step, context), env),
  };
}

function carriedOut(
  { plan }: LoadedConfig,
  folder: string,
  env: Context['env'],
  ...[step, { key, attempt, signal }]: Parameters<EffectPort['run']>
): ReturnType<EffectPort['run']> {
  switch (step.kind) {
    case 'command':
      return runCommand(step, { key, attempt, cwd: folder, signal });
    case 'http':
      return callHttp(step, { key, signal, env });
    case 'size':
      return measureSize(step, { cwd: folder, signal });
    case 'sql': {
      const database = plan.databases[step.database];
      if (database === undefined)
        return Promise.resolve({ ok: false, output: `the configuration has no database "${step.database}"` });
      return askSql(step, database, { folder, env, signal });
    }
  }
}
