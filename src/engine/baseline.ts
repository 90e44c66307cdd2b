import { CutoverError, type Clock } from '../kernel/index.ts';
import { createWindow, errorsSeen, measureBaseline } from '../gate/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Store } from '../store/index.ts';
import { appendEvents, loadState } from './operate.ts';
import { register } from './start.ts';
import type { State } from './state.ts';

/**
 * Measures control for a while and records it: what later looks compare with, and the errors that are not new.
 *
 * @throws CutoverError `RUN_STATE` when the candidate serves meanwhile, `BASELINE_MISSING` for too few calls
 */
export async function recordBaseline(
  store: Store,
  clock: Clock,
  options: {
    readonly plan: Plan;
    readonly environment: string;
    readonly forMs: number;
    readonly actor: string;
    readonly signal: AbortSignal;
  },
): Promise<State> {
  const { plan, environment, forMs, actor, signal } = options;
  const { stream } = await register(store, clock, plan, environment);
  const began = clock.monotonic();
  const window = createWindow(forMs * 2, began);
  let cursor = await store.telemetryHead(stream);
  while (clock.monotonic() - began < forMs) {
    await clock.sleep(Math.min(500, forMs), signal);
    for (const { id, instance, body } of await store.telemetry(stream, cursor)) {
      cursor = id;
      const batch = parseTelemetryBatch(body);
      if (batch !== undefined) window.add(instance, batch, clock.monotonic());
    }
  }
  const calls = window.calls(began, null);
  if (calls.candidate.calls > 0) {
    throw new CutoverError(
      'RUN_STATE',
      `the candidate served ${calls.candidate.calls} calls meanwhile: this is no baseline of control`,
      {
        hint: 'record it before the first exposure, or after a rollback',
      },
    );
  }
  if (calls.control.calls < plan.measure.minSamples) {
    throw new CutoverError(
      'BASELINE_MISSING',
      `${calls.control.calls} calls of control in ${forMs}ms, ${plan.measure.minSamples} are needed`,
      {
        hint: 'record for longer with --for, or check that instances report: cutover status',
      },
    );
  }
  const context = {
    now: clock.monotonic(),
    settings: { ...plan.measure, windowMs: clock.monotonic() - began },
    timeScale: 1,
    frozen: {},
    baseline: {},
    counters: {},
    newErrors: 0,
  };
  const metrics = measureBaseline(plan.metrics, window, context);
  const errors = errorsSeen(window, began).control.map(({ id }) => id);
  for (;;) {
    const state = await loadState(store, stream);
    try {
      return (
        await appendEvents(store, state, [
          { kind: 'baseline.recorded', metrics, errors, overMs: forMs, actor },
        ])
      ).state;
    } catch (error) {
      if (!(error instanceof CutoverError) || error.code !== 'SEQUENCE_CONFLICT') throw error;
    }
  }
}
