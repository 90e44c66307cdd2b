import { batch, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import type { LogDocument } from '../../src/server/routes/past.ts';
import { about, ApiError, get, isPassing } from './api.ts';
import { events as live, replacements } from './live.ts';
import { AGAIN_MS } from './loaded.ts';
import type { Place } from './router.ts';

/** What a list of events is cut down to; `null` is no such filter. */
export type EventFilter = {
  readonly actor: string | null;
  /** A kind, or what several begin with: `rollback`. */
  readonly kind: string | null;
  readonly repository: string | null;
  /** Also looks, and what only programs need. */
  readonly all: boolean;
};

export type Past = {
  /** Newest first. */
  readonly events: readonly ShownEvent[];
  /** Where the log goes on backwards; `null` at its beginning. */
  readonly before: number | null;
  /** Everything up to this event that fits is in `events`; `null` before the first answer. */
  readonly head: LogDocument['head'] | null;
  /** Newer ones that wait, so that what is read stays where it is. */
  readonly held: number;
  readonly isLoading: boolean;
  readonly error: ApiError | null;
};

const NOTHING: Past = { events: [], before: null, head: null, held: 0, isLoading: true, error: null };
const PAGE = 50;

/** The same as the server's filter: what comes by the stream has to pass it, too. */
export function fits(event: ShownEvent, { actor, kind, repository, all }: EventFilter): boolean {
  return (
    (actor === null || event.actor === actor) &&
    (kind === null || event.kind === kind || event.kind.startsWith(`${kind}.`)) &&
    (repository === null || event.repositories.some((one) => one === repository || one === '*')) &&
    (all || (event.text !== null && (hasLooks(kind) || !event.kind.endsWith('.looked'))))
  );
}

/** Looks are most of a log: they are there for whoever asks for them. */
function hasLooks(kind: string | null): boolean {
  return kind !== null && /^(?:gate|confirm)\b/.test(kind);
}

/**
 * The log of a place, newest first, older pages on demand. New events are put on top as they come, or held back while
 * somebody reads.
 */
export function usePast(
  place: Place,
  filter: EventFilter,
  isReading: () => boolean,
): { readonly past: ReadonlySignal<Past>; readonly older: () => void; readonly newest: () => void } {
  const past = useSignal<Past>(NOTHING);
  const load = (before: number | null): void => {
    past.value = { ...past.peek(), isLoading: true };
    get<LogDocument>(about(place, `log?${queryOf(filter, before)}`)).then(
      (page) => (past.value = withPage(past.peek(), page, before)),
      (error: unknown) => {
        if (error instanceof ApiError) past.value = { ...past.peek(), isLoading: false, error };
      },
    );
  };
  // Another log has another past.
  useEffect(() => load(null), [replacements.value]);
  useEffect(() => {
    const { error: unanswered, head } = past.peek();
    if (unanswered === null || head !== null || !isPassing(unanswered)) return undefined;
    const again = setTimeout(() => load(null), AGAIN_MS);
    return () => clearTimeout(again);
  }, [past.value.error]);
  useSignalEffect(() => {
    const came = live.value;
    batch(() => {
      const next = withLive(past.peek(), came, filter, isReading());
      if (next === 'gap') load(null);
      else past.value = next;
    });
  });
  return { past, older: () => load(past.peek().before), newest: () => load(null) };
}

function queryOf({ actor, kind, repository, all }: EventFilter, before: number | null): string {
  const query = new URLSearchParams({
    limit: String(PAGE),
    lines: String(!all),
    looks: String(all || hasLooks(kind)),
  });
  for (const [name, value] of Object.entries({ actor, kind, repository }))
    if (value !== null) query.set(name, value);
  if (before !== null) query.set('before', String(before));
  return String(query);
}

function withPage(past: Past, { events, head, before }: LogDocument, asked: number | null): Past {
  const newestFirst = events.toReversed();
  const settled = { before, isLoading: false, error: null };
  return asked === null
    ? { ...settled, events: newestFirst, head, held: 0 }
    : { ...past, ...settled, events: [...past.events, ...newestFirst] };
}

/** `gap`: more came than the stream keeps; the newest page has to be asked for. */
function withLive(
  past: Past,
  came: readonly ShownEvent[],
  filter: EventFilter,
  isRead: boolean,
): Past | 'gap' {
  const { head } = past;
  const newer = head === null ? [] : came.filter(({ seq }) => seq > head.seq);
  const [first] = newer;
  const last = newer.at(-1);
  if (head === null || first === undefined || last === undefined) return past;
  const fitting = newer.filter((event) => fits(event, filter)).toReversed();
  if (isRead) return { ...past, held: fitting.length };
  if (first.seq > head.seq + 1 || (head.seq > 0 && first.prev !== head.hash)) return 'gap';
  const { seq, hash } = last;
  return { ...past, events: [...fitting, ...past.events], head: { seq, hash }, held: 0 };
}
