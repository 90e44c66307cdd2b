import { CutoverError, formatDuration } from '../kernel/index.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { dueCheck } from './database-check.ts';
import { Fleet } from './fleet.ts';
import { missingFrom } from './missing.ts';
import { loadState } from './operate.ts';
import type { State } from './state.ts';

/** Between two looks at whether the last instance acknowledged, milliseconds. */
const LOOK_MS = 50;
/** Between two looks at who is there, which only names them in the end: each reads a row of every instance. Milliseconds. */
const FLEET_MS = 1_000;

export type AwaitOptions = ControllerOptions & {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** It is verified, and the plan's databases are still to be looked at. */
  readonly onVerified?: () => void;
};

/**
 * Waits until a rollback is verified: every live instance acknowledged the epoch, or lost its lease. Acts as the
 * controller meanwhile if there is none.
 *
 * @throws CutoverError `TIMEOUT` with the instances that are missing
 */
export async function awaitVerified(options: AwaitOptions): Promise<State> {
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  const acting = new Controller(options).run(signal);
  try {
    // It may be over before the next look, and another rollback on that nobody acts for yet.
    const verified = await Promise.race([pollVerified({ ...options, signal }), acting]);
    // Stopped, it ends in order too.
    options.signal.throwIfAborted();
    if (dueCheck(verified) === null) return verified;
    options.onVerified?.();
    return await acting;
  } finally {
    done.abort();
    // What it failed with was either thrown above or came after the answer was known.
    await acting.catch(() => {});
  }
}

async function pollVerified(options: AwaitOptions): Promise<State> {
  const { store, clock, stream, leaseMs, timeoutMs, signal } = options;
  const fleet = new Fleet(store, stream, leaseMs);
  const began = clock.monotonic();
  let state: State | undefined;
  for (let next = 0; ;) {
    state = await loadState(store, stream, state);
    if (state.rollback?.done != null) return state;
    if (clock.monotonic() >= next) {
      await fleet.look(() => clock.monotonic());
      next = clock.monotonic() + FLEET_MS;
    }
    if (clock.monotonic() - began > timeoutMs) throw await timedOut(options, state, fleet);
    await clock.sleep(LOOK_MS, signal);
  }
}

async function timedOut(
  { clock, timeoutMs }: AwaitOptions,
  state: State,
  fleet: Fleet,
): Promise<CutoverError> {
  const { rollback, routing } = state;
  const epoch = rollback?.epoch ?? routing?.epoch ?? 0;
  const seen = await fleet.look(() => clock.monotonic());
  const names = rollback === null ? [] : missingFrom(state, rollback, seen).map(({ instance }) => instance);
  return new CutoverError(
    'TIMEOUT',
    `not verified after ${formatDuration(timeoutMs)}; missing: ${names.join(', ') || 'none'}`,
    {
      hint: 'the flags are down; look at these instances, then: cutover status --watch',
      details: { missing: names, epoch },
    },
  );
}
