import type { LoadedConfig } from '../config/index.ts';
import { dayOneOf, loadState, streamOf } from '../engine/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Store } from '../store/index.ts';
import type { Context } from './command.ts';
import { dateOption } from './given.ts';
import { openForReading, storePlaceOf } from './session.ts';

/** Day 1 of the plan: as asked for, else as its newest run has it that is no rehearsal; `null` before any. */
export async function knownDayOne(context: Context, config: LoadedConfig): Promise<string | null> {
  const asked = dateOption(context.given, 'startOn');
  if (asked !== undefined) return asked;
  const store = await openForReading(storePlaceOf(context, config), context.clock);
  try {
    return await recordedDayOne(store, config.plan);
  } finally {
    await store.close();
  }
}

async function recordedDayOne(store: Store, plan: Plan): Promise<string | null> {
  const states = await Promise.all(
    plan.environments.map(({ name }) => loadState(store, streamOf(plan.id, name))),
  );
  const runs = states.flatMap(({ run }) => (run === null || run.timeScale !== 1 ? [] : [run]));
  const newest = runs.toSorted((a, b) => b.startedAt - a.startedAt)[0];
  return newest === undefined ? null : dayOneOf(newest);
}
