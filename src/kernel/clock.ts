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
  every(ms, tick) {
    const timer: unknown = setInterval(tick, Math.min(ms, LONGEST_TIMER_MS));
    if (hasUnref(timer)) timer.unref();
    return () => clearInterval(timer as Parameters<typeof clearInterval>[0]);
  },
};

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
