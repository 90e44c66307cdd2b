import {
  effect,
  untracked,
  useSignal,
  useSignalEffect,
  type ReadonlySignal,
  type Signal,
} from '@preact/signals';
import { ApiError, get, isPassing } from './api.ts';
import { status } from './live.ts';
import { now } from './now.ts';
import { isVisible } from './visible.ts';

export type Loaded<T> = {
  readonly value: T | null;
  readonly error: ApiError | null;
};

/**
 * A document of the server, asked for again whenever the log has grown, at most once a second, while somebody can see it.
 * What came last stays in view while a newer one is asked for, and when that fails.
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
  const moment = useSignal('');
  useSignalEffect(() => {
    const turn = everyMs === Infinity ? '' : Math.floor(now.value / everyMs);
    moment.value = `${status.value?.log.head ?? ''} ${turn}`;
  });
  useSignalEffect(() => {
    const address = asked.value;
    const abort = new AbortController();
    let isResting = false;
    let isDue = false;
    let answered: string | null = null;
    const ask = async (): Promise<void> => {
      isDue = false;
      isResting = true;
      await load(address, loaded, abort.signal);
      const { error } = loaded.peek();
      const isUnanswered = error !== null && isPassing(error);
      await new Promise((resolve) => setTimeout(resolve, isUnanswered ? AGAIN_MS : LEAST_WAIT_MS));
      isResting = false;
      // Nothing else may happen for long: what was not answered is asked for again.
      if (isUnanswered) answered = null;
      if ((isDue || (isUnanswered && isVisible.peek())) && !abort.signal.aborted) void ask();
    };
    // What happens while one is asked for, or soon after, is answered by the next one: nothing is put off again and again.
    const stop = effect(() => {
      const newest = moment.value;
      // A tab that nobody sees is ready when it is looked at, and asks for nothing more until then.
      const isIdle = answered !== null && !isVisible.value;
      if (isIdle || newest === answered) return;
      answered = newest;
      isDue = true;
      if (!isResting) void untracked(ask);
    });
    return () => {
      stop();
      abort.abort();
    };
  });
  return loaded;
}

async function load<T>(path: string, loaded: Signal<Loaded<T>>, signal: AbortSignal): Promise<void> {
  try {
    const value = await get<T>(path, signal);
    if (!signal.aborted) loaded.value = { value, error: null };
  } catch (error) {
    if (error instanceof ApiError && !signal.aborted) loaded.value = { value: loaded.peek().value, error };
  }
}

/** Events come in bursts. Milliseconds. */
const LEAST_WAIT_MS = 1_000;
/** After a question that the server did not answer. Milliseconds. */
export const AGAIN_MS = 5_000;
