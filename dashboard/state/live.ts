import { batch, computed, signal } from '@preact/signals';
import type { LogDocument } from '../../src/server/routes/past.ts';
import type { StatusDocument } from '../../src/report/index.ts';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import { API, EventStreamReader, type StreamEvent } from '../../src/wire/index.ts';
import { about, ApiError, failureOf, get, headers } from './api.ts';
import { now } from './now.ts';
import type { Place } from './router.ts';
import { me } from './session.ts';

/** A server beats every five seconds: two that are missing are no accident. Milliseconds. */
const STALE_MS = 12_000;
/** Between attempts to come back, the last one for good. Milliseconds. */
const WAITS_MS = [500, 1_000, 2_000, 5_000] as const;
/** What pages show without asking again; older events are read from the log. */
const MOST_EVENTS = 200;

/** The newest status that came, of the place that is followed. */
export const status = signal<StatusDocument | null>(null);
/** The last events of the log, newest last. */
export const events = signal<readonly ShownEvent[]>([]);
/** Why the place cannot be followed at all: it is not there, or not for this person. */
export const refusal = signal<ApiError | null>(null);
/** Since when the server cannot read its store, wall clock; what is shown is then from before. */
export const troubleSince = signal<number | null>(null);

/** How far the server's clock is ahead of this one, milliseconds. */
const ahead = signal(0);
/** Wall clock of the server, for what it timed and is still on. */
export const serverNow = computed(() => now.value + ahead.value);

const heardAt = signal<number | null>(null);
const isOpen = signal(false);

/** `stale`: nothing is heard, or the server knows nothing newer. `lost`: it is not reached. */
export type Connection = {
  readonly kind: 'connecting' | 'live' | 'stale' | 'lost';
  readonly ageMs: number | null;
};

export const connection = computed((): Connection => {
  const at = heardAt.value;
  if (at === null) return { kind: isOpen.value ? 'live' : 'connecting', ageMs: null };
  const ageMs = Math.max(0, now.value - at);
  if (!isOpen.value) return { kind: 'lost', ageMs };
  if (troubleSince.value !== null) return { kind: 'stale', ageMs: now.value - troubleSince.value };
  return { kind: ageMs >= STALE_MS ? 'stale' : 'live', ageMs };
});

/** Follows a place until the returned function is called. A stream that ends, fails or falls silent is opened again where it was. */
export function follow(place: Place): () => void {
  const abort = new AbortController();
  batch(() => {
    status.value = null;
    events.value = [];
    refusal.value = null;
    troubleSince.value = null;
    heardAt.value = null;
    isOpen.value = false;
  });
  void followOn(place, abort.signal);
  return () => abort.abort();
}

async function followOn(place: Place, signal: AbortSignal): Promise<void> {
  let failed = 0;
  while (!signal.aborted) {
    try {
      await readStream(place, signal, () => (failed = 0));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 429) {
        refusal.value = error;
        return;
      }
    }
    isOpen.value = false;
    const wait = WAITS_MS[Math.min(failed, WAITS_MS.length - 1)] ?? 0;
    failed += 1;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function readStream(place: Place, signal: AbortSignal, onHeard: () => void): Promise<void> {
  const last = events.value.at(-1)?.seq ?? (await readPast(place, signal));
  const silent = new AbortController();
  const either = AbortSignal.any([signal, silent.signal]);
  let timer = setTimeout(() => silent.abort(), STALE_MS * 2);
  try {
    const query = new URLSearchParams({ ...place, after: String(last) });
    const response = await fetch(`${API}/stream?${query}`, { headers: headers(), signal: either });
    if (!response.ok) throw await failureOf(response);
    if (heardAt.value !== null) await checkVersion(either);
    const reader = new EventStreamReader();
    const decoder = new TextDecoder();
    const body = response.body?.getReader();
    for (;;) {
      const piece = await body?.read();
      if (piece === undefined || piece.done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), STALE_MS * 2);
      onHeard();
      const heard = reader.add(decoder.decode(piece.value, { stream: true }));
      batch(() => {
        isOpen.value = true;
        heardAt.value = Date.now();
        now.value = Date.now();
        for (const event of heard) take(event);
      });
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

/** @returns the sequence from which the stream goes on */
async function readPast(place: Place, signal: AbortSignal): Promise<number> {
  const log = await get<LogDocument>(about(place, 'log?limit=50'), signal);
  events.value = log.events;
  return log.head.seq;
}

function take({ event, data }: StreamEvent): void {
  switch (event) {
    case 'status':
      // What the server sends is what its own types say; another version is told by `checkVersion`.
      status.value = JSON.parse(data) as StatusDocument;
      ahead.value = status.value.at - Date.now();
      troubleSince.value = null;
      return;
    case 'log':
      events.value = [...events.value, JSON.parse(data) as ShownEvent].slice(-MOST_EVENTS);
      return;
    case 'trouble':
      troubleSince.value ??= Date.now();
      return;
    case 'reset':
      events.value = [];
      return;
    default:
  }
}

/** What the answer to a change has is newer than what the stream brought, unless it was overtaken. */
export function learn(answered: StatusDocument): void {
  if (answered.log.seq >= (status.peek()?.log.seq ?? 0)) status.value = answered;
}

/** The server that these pages came from may have been replaced by another version while they were open. */
export const isOutdated = signal(false);

async function checkVersion(signal: AbortSignal): Promise<void> {
  const { version } = await get<{ readonly version: string }>('/me', signal);
  if (me.value != null && version !== me.value.version) isOutdated.value = true;
}
