import { CutoverError } from '../kernel/index.ts';
import { delayOf } from './delay.ts';
import type { By, CutoverEvent } from './events.ts';
import { followingStep } from './following.ts';
import type { Run, State } from './state.ts';

/**
 * A person says not to wait for the day, the window or the freeze that holds the run back now. It is for the next step
 * only, and only for what was known when it was said: a freeze that begins meanwhile holds back again.
 *
 * @throws CutoverError `RUN_STATE` when nothing of the kind holds it back
 */
export function overrideDelay(state: State, run: Run, by: By): readonly CutoverEvent[] {
  const held = delayOf(state);
  const next = followingStep(run.plan, state.routing?.environment ?? '', run.position, run.skipped);
  if (held === null || next === null) {
    throw new CutoverError('RUN_STATE', `no day, window or freeze holds run ${run.id} back`, {
      hint: '--override is for what "cutover status" says it waits for; a gate is not overridden',
    });
  }
  return [{ kind: 'delay.overridden', phase: next.phase.id, step: next.step.id, causes: held.causes, ...by }];
}
