import { batch, computed, signal } from '@preact/signals';
import type { StatusDocument } from '../../src/report/index.ts';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import type { ApiError } from './api.ts';
import { now } from './now.ts';
import { STALE_MS } from './stream.ts';

/** The newest status that came, of the place that is followed. */
export const status = signal<StatusDocument | null>(null);
/** The last events of the log, newest last. */
export const events = signal<readonly ShownEvent[]>([]);
/** How often another log was put in the place of the one that is followed, while it was. */
export const replacements = signal(0);
/** Why the place cannot be followed at all: it is not there, or not for this person. */
export const refusal = signal<ApiError | null>(null);
/** Since when the server cannot read its store, wall clock; what is shown is then from before. */
export const troubleSince = signal<number | null>(null);
/** Why the last attempt to reach the server failed; `null` while it is reached. */
export const failure = signal<{ readonly message: string; readonly hint: string | null } | null>(null);
/** Whether this tab reads the stream itself, and not another one of this browser. */
export const isReading = signal(false);
/** The server that these pages came from may have been replaced by another version while they were open. */
export const isOutdated = signal(false);

/** How far the server's clock is ahead of this one, milliseconds. */
export const ahead = signal(0);
/** Wall clock of the server, for what it timed and is still on. */
export const serverNow = computed(() => now.value + ahead.value);

/** When the following began, and when something was last heard of the server, wall clock. */
export const begunAt = signal(0);
export const heardAt = signal<number | null>(null);
/** Whether a stream is open, in this tab or in the one that reads for it. */
export const isOpen = signal(false);
/** The events that are here are not those before what comes next: all of them are read, or asked for, anew. */
export const hasGap = signal(true);

/** Nothing is known of a place that is followed from now on. */
export function begin(): void {
  batch(() => {
    status.value = null;
    events.value = [];
    replacements.value = 0;
    refusal.value = null;
    troubleSince.value = null;
    failure.value = null;
    begunAt.value = Date.now();
    heardAt.value = null;
    isOpen.value = false;
    isReading.value = false;
    hasGap.value = true;
  });
}

/** The events before what comes next. */
export function startFrom(past: readonly ShownEvent[]): void {
  events.value = past;
  hasGap.value = false;
}

/** `stale`: nothing is heard, or the server knows nothing newer. `lost`: it is not reached. */
export type Connection = {
  readonly kind: 'connecting' | 'live' | 'stale' | 'lost';
  readonly ageMs: number | null;
};

export const connection = computed((): Connection => {
  const at = heardAt.value;
  const ageMs = Math.max(0, now.value - (at ?? begunAt.value));
  if (at === null) return failure.value === null ? { kind: 'connecting', ageMs } : { kind: 'lost', ageMs };
  if (!isOpen.value) return { kind: 'lost', ageMs };
  if (troubleSince.value !== null) return { kind: 'stale', ageMs: now.value - troubleSince.value };
  return { kind: ageMs >= STALE_MS ? 'stale' : 'live', ageMs };
});

/** What the answer to a change has is newer than what the stream brought, unless it was overtaken. */
export function learn(answered: StatusDocument): void {
  if (answered.log.seq >= (status.peek()?.log.seq ?? 0)) status.value = answered;
}
