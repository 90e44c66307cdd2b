import { CutoverError, type Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';

/** A controller that does not renew for this long is replaced. Milliseconds. */
export const CONTROLLER_LEASE_MS = 5_000;

/** The right to act on a stream. Every append carries `fence`, so one that lost it unknowingly can do no harm. */
export type HeldLease = {
  readonly fence: number;
  /** Why it was lost; aborts whatever the holder does. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
};

/**
 * Watches a stream's lease until it is free, then takes it. Free is: never taken, released, or watched for a whole
 * time to live without its beat moving. Wall clocks are not compared.
 *
 * @param isOver looked at while standing by; the wait ends without a lease once it answers true
 */
export async function takeLease(options: LeaseOptions): Promise<HeldLease | undefined> {
  const { store, clock, stream, holder, ttlMs, signal } = options;
  let seen = await store.lease(stream);
  let since = clock.monotonic();
  let told = false;
  for (;;) {
    try {
      const free = seen === undefined || seen.released || clock.monotonic() - since > ttlMs;
      const taken = free ? await store.takeLease(stream, holder, seen) : undefined;
      if (taken !== undefined) return hold(store, clock, stream, taken.fence, ttlMs);
      if (await options.isOver()) return undefined;
      if (!told && seen !== undefined) options.onStandby(seen.holder);
      told = true;
      await clock.sleep(ttlMs / 10, signal);
      const now = await store.lease(stream);
      if (now?.fence !== seen?.fence || now?.beat !== seen?.beat) since = clock.monotonic();
      seen = now;
    } catch (error) {
      // Who stands by outlives a store that is away. Nobody could renew meanwhile, so that time proves nothing.
      if (!told || !isPassing(error)) throw error;
      since = clock.monotonic();
      await clock.sleep(ttlMs / 10, signal);
    }
  }
}

/** A store that is busy, full or away may come back; one that is broken does not. */
export function isPassing(error: unknown): error is CutoverError {
  return (
    error instanceof CutoverError && (error.code === 'STORE_LOCKED' || error.code === 'STORE_UNAVAILABLE')
  );
}

type LeaseOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly stream: string;
  readonly holder: string;
  readonly ttlMs: number;
  readonly signal: AbortSignal;
  readonly onStandby: (holder: string) => void;
  readonly isOver: () => Promise<boolean>;
};

function hold(store: Store, clock: Clock, stream: string, fence: number, ttlMs: number): HeldLease {
  const abort = new AbortController();
  const renew = (): void => {
    store.renewLease(stream, fence).catch((error: unknown) => {
      // A store that cannot be written now is not a lost lease: nobody else can take it there either.
      if (error instanceof CutoverError && error.code === 'LEASE_LOST') abort.abort(error);
    });
  };
  const stop = clock.every(ttlMs / 4, renew);
  return {
    fence,
    lost: abort.signal,
    async release() {
      stop();
      // Where it cannot be given back it runs out by itself.
      await store.releaseLease(stream, fence).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
      });
    },
  };
}
