import { API, EventStreamReader, type StreamEvent } from '../../src/wire/index.ts';
import { failureOf, headers, unreached } from './api.ts';
import type { Place } from './router.ts';

/** A server beats every five seconds: two that are missing are no accident. Milliseconds. */
export const STALE_MS = 12_000;

/**
 * Reads the stream of a place until it ends, fails, or has been silent for too long.
 *
 * @param after where the reader is in the log, as the server names it
 * @param onPiece is called for whatever arrives, also where no event is whole yet
 * @throws ApiError for what the server refused, or that it was not reached
 */
export async function readStream(
  place: Place,
  after: string,
  left: AbortSignal,
  onPiece: (heard: readonly StreamEvent[]) => void,
): Promise<void> {
  const silent = new AbortController();
  const signal = AbortSignal.any([left, silent.signal]);
  let waitMs = STALE_MS;
  const watch = (): ReturnType<typeof setTimeout> => setTimeout(() => silent.abort(), waitMs);
  let timer = watch();
  try {
    const query = new URLSearchParams({ ...place, after });
    const response = await fetch(`${API}/stream?${query}`, { headers: headers(), signal });
    if (!response.ok) throw await failureOf(response);
    const reader = new EventStreamReader();
    const decoder = new TextDecoder();
    const body = response.body?.getReader();
    for (;;) {
      const piece = await body?.read();
      if (piece === undefined || piece.done) return;
      clearTimeout(timer);
      // It is called stale first, and given up later.
      waitMs = STALE_MS * 2;
      timer = watch();
      onPiece(reader.add(decoder.decode(piece.value, { stream: true })));
    }
  } catch (cause) {
    if (left.aborted) throw cause;
    if (silent.signal.aborted) throw unreached(waitMs);
    // What a browser says of a network that fails.
    throw cause instanceof TypeError ? unreached(null) : cause;
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}
