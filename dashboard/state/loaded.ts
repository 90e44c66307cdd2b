import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { ApiError, get } from './api.ts';
import { status } from './live.ts';
import { now } from './now.ts';

export type Loaded<T> = {
  readonly value: T | null;
  readonly error: ApiError | null;
};

/**
 * A document of the server, asked for again whenever the log has grown, at most once a second. What came last stays in
 * view while a newer one is asked for, and when that fails.
 *
 * @param path below `/api/v1`; another one is asked for at once
 * @param everyMs also so often, for what changes without an event
 */
export function useLoaded<T>(path: string, everyMs = Infinity): ReadonlySignal<Loaded<T>> {
  const loaded = useSignal<Loaded<T>>({ value: null, error: null });
  const asked = useSignal(path);
  if (asked.peek() !== path) {
    asked.value = path;
    loaded.value = { value: null, error: null };
  }
  const seq = useSignal('');
  useSignalEffect(() => {
    const turn = everyMs === Infinity ? '' : Math.floor(now.value / everyMs);
    seq.value = `${status.value?.log.seq ?? 0} ${turn}`;
  });
  useSignalEffect(() => {
    const address = asked.value;
    void seq.value;
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        get<T>(address, abort.signal).then(
          (value) => (loaded.value = { value, error: null }),
          (error: unknown) => {
            if (error instanceof ApiError) loaded.value = { value: loaded.peek().value, error };
          },
        );
      },
      loaded.peek().value === null ? 0 : LEAST_WAIT_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  });
  return loaded;
}

/** Events come in bursts. Milliseconds. */
const LEAST_WAIT_MS = 1_000;
