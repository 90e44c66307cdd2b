import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError, get } from './api.ts';
import type { Loaded } from './loaded.ts';

/**
 * A document that is asked for when it is first shown, and again when somebody says so: what is dear to answer, or does
 * not change with the log.
 *
 * @param path below `/api/v1`
 */
export function useOnce<T>(path: string): { readonly loaded: ReadonlySignal<Loaded<T>>; again: () => void } {
  const loaded = useSignal<Loaded<T>>({ value: null, error: null });
  const times = useSignal(0);
  const asked = times.value;
  useEffect(() => {
    const abort = new AbortController();
    get<T>(path, abort.signal).then(
      (value) => (loaded.value = { value, error: null }),
      (error: unknown) => {
        if (error instanceof ApiError) loaded.value = { value: null, error };
      },
    );
    return () => abort.abort();
  }, [path, asked]);
  return { loaded, again: () => (times.value += 1) };
}
