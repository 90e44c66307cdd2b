/**
 * Stops shadowing an operation whose shadow does nothing but fail, and looks again after a while.
 *
 *   closed ──▶ open        so many in a row timed out or failed
 *   open ──▶ trial         after a pause: one call is let through
 *   trial ──▶ closed       it ended well
 *   trial ──▶ open         it did not
 */
export type BreakerState =
  | { readonly kind: 'closed'; readonly bad: number }
  | { readonly kind: 'open'; readonly until: number }
  | { readonly kind: 'trial'; readonly until: number };

export const CLOSED: BreakerState = { kind: 'closed', bad: 0 };

const MOST_BAD = 10;
const PAUSE_MS = 10_000;

/** Whether a call may begin, and the state after that. @param now monotonic milliseconds */
export function admit(
  state: BreakerState,
  now: number,
): { readonly may: boolean; readonly state: BreakerState } {
  if (state.kind === 'closed') return { may: true, state };
  // A trial that never came back is followed by another one.
  if (now < state.until) return { may: false, state };
  return { may: true, state: { kind: 'trial', until: now + PAUSE_MS } };
}

/** The state after a call ended. */
export function ended(state: BreakerState, isGood: boolean, now: number): BreakerState {
  if (isGood) return CLOSED;
  if (state.kind === 'closed' && state.bad + 1 < MOST_BAD) return { kind: 'closed', bad: state.bad + 1 };
  return { kind: 'open', until: now + PAUSE_MS };
}
