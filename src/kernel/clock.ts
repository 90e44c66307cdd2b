/**
 * Time as an argument. `now` is for people (it can jump: NTP, DST, a laptop that slept); `monotonic` is for
 * measuring how long something took and for deciding that something expired. Both in milliseconds.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01 UTC. Never used to decide that a lease or a hold is over. */
  now(): number;
  /** Never goes back. Only differences have a meaning, and only within one process. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. Any length (no 24.8-day limit). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, tick: () => void): () => void;
}

/** The longest delay that a JavaScript timer takes: 2^31-1 ms, 24.8 days. A longer one fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  every,
};

/** A period longer than a timer takes is made of several, of which only the last one ticks. */
function every(ms: number, tick: () => void): () => void {
  const parts = Math.max(1, Math.ceil(ms / LONGEST_TIMER_MS));
  let passed = 0;
  const timer: unknown = setInterval(() => {
    passed += 1;
    if (passed % parts === 0) tick();
  }, ms / parts);
  if (hasUnref(timer)) timer.unref();
  return () => clearInterval(timer as Parameters<typeof clearInterval>[0]);
}

/** A time after which something is given up. `end` forgets it, so that nothing is kept alive by it. */
export type Deadline = { readonly signal: AbortSignal; readonly end: () => void };

/** @param ms of any length: `AbortSignal.timeout` is over at once beyond 24.8 days, and throws beyond 49 */
export function deadline(clock: Clock, ms: number): Deadline {
  const late = new AbortController();
  const ended = new AbortController();
  clock.sleep(ms, ended.signal).then(
    () => late.abort(new DOMException(`over after ${ms} ms`, 'TimeoutError')),
    () => {},
  );
  // Without a reason one is made, with where it was made: more work than all the rest.
  return { signal: late.signal, end: () => ended.abort(0) };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
    await sleepOnce(Math.min(left, LONGEST_TIMER_MS), signal);
  }
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Node's timers have `unref`, a browser's and a Worker's are numbers. */
function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer;
}
