import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MismatchesDocument } from '../../src/server/routes/mismatches.ts';
import { about, ApiError, get } from './api.ts';
import type { Loaded } from './loaded.ts';
import type { Place } from './router.ts';
import { everyWhileVisible } from './visible.ts';

/** The server reads all of its telemetry for it, and at most so often. Milliseconds. */
const EVERY_MS = 10_000;

/** What the shadow found, asked for again and again: it grows without the log. */
export function useMismatches(place: Place): ReadonlySignal<Loaded<MismatchesDocument>> {
  const loaded = useSignal<Loaded<MismatchesDocument>>({ value: null, error: null });
  useEffect(() => {
    const abort = new AbortController();
    const ask = (): Promise<void> =>
      get<MismatchesDocument>(about(place, 'mismatches'), abort.signal).then(
        (value) => void (loaded.value = { value, error: null }),
        (error: unknown) => {
          if (error instanceof ApiError) loaded.value = { value: loaded.peek().value, error };
        },
      );
    const stop = everyWhileVisible(EVERY_MS, ask);
    return () => {
      stop();
      abort.abort();
    };
  }, [place.migration, place.environment]);
  return loaded;
}
