import { batch, computed, signal } from '@preact/signals';
import type { MeDocument } from '../../src/server/routes/access.ts';
import type { LogDocument } from '../../src/server/routes/past.ts';
import type { StatusDocument } from '../../src/report/index.ts';
import type { ShownEvent } from '../../src/server/answers/event.ts';
import { markText, type StreamEvent } from '../../src/wire/index.ts';
import { about, ApiError, get, isPassing } from './api.ts';
import { now } from './now.ts';
import type { Place } from './router.ts';
import { identityOf, me, token } from './session.ts';
import { readStream, STALE_MS } from './stream.ts';
import { readTogether } from './tabs.ts';

/** Between attempts to come back, the last one for good. Milliseconds. */
const WAITS_MS = [500, 1_000, 2_000, 5_000] as const;
/** What pages show without asking again; older events are read from the log. */
const MOST_EVENTS = 200;

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
const ahead = signal(0);
/** Wall clock of the server, for what it timed and is still on. */
export const serverNow = computed(() => now.value + ahead.value);

const begunAt = signal(0);
const heardAt = signal<number | null>(null);
const isOpen = signal(false);
/** The events that are here are not those before what comes next: all of them are read, or asked for, anew. */
let hasGap = true;

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

/** What the tab that reads tells the others. */
type Piece =
  | { readonly kind: 'heard'; readonly heard: readonly StreamEvent[] }
  | { readonly kind: 'standing'; readonly isOpen: boolean; readonly failure: typeof failure.value }
  | {
      readonly kind: 'whole';
      readonly isOpen: boolean;
      readonly failure: typeof failure.value;
      readonly heardAt: number | null;
      readonly status: StatusDocument | null;
      readonly events: readonly ShownEvent[];
      readonly troubleSince: number | null;
      readonly ahead: number;
      readonly replacements: number;
    };

/**
 * Follows a place until the returned function is called, with one stream for all tabs of this browser that show it to the same
 * person. A stream that ends, fails or falls silent is opened again where it was.
 */
export function follow(place: Place, who: MeDocument): () => void {
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
  });
  hasGap = true;
  const secret = JSON.stringify([identityOf(who), who.version, token.peek()]);
  return readTogether<Piece>(`${place.migration}/${place.environment}`, secret, {
    lead: (say, left) => lead(place, who, say, left),
    hear,
    whole: () => (hasGap ? null : whole()),
    word: standing,
  });
}

function standing(): Piece {
  return { kind: 'standing', isOpen: isOpen.peek(), failure: failure.peek() };
}

function whole(): Piece {
  return {
    kind: 'whole',
    isOpen: isOpen.peek(),
    failure: failure.peek(),
    heardAt: heardAt.peek(),
    status: status.peek(),
    events: events.peek(),
    troubleSince: troubleSince.peek(),
    ahead: ahead.peek(),
    replacements: replacements.peek(),
  };
}

/** Of another tab of this browser. @returns whether something is missing here */
function hear(piece: Piece): boolean {
  if (piece.kind === 'heard') {
    receive(piece.heard);
    return hasGap;
  }
  batch(() => {
    isReading.value = false;
    isOpen.value = piece.isOpen;
    failure.value = piece.failure;
    if (piece.kind === 'standing') return;
    heardAt.value = piece.heardAt;
    events.value = piece.events;
    troubleSince.value = piece.troubleSince;
    ahead.value = piece.ahead;
    replacements.value = piece.replacements;
    if (piece.status !== null) status.value = piece.status;
    hasGap = false;
  });
  return false;
}

async function lead(
  place: Place,
  who: MeDocument,
  say: (piece: Piece) => void,
  left: AbortSignal,
): Promise<void> {
  isReading.value = true;
  for (let failed = 0; !left.aborted; failed += 1) {
    const begun = { wasHeard: false };
    try {
      await readOn(place, who, say, left, begun);
    } catch (error) {
      if (left.aborted) return;
      if (error instanceof OtherPerson) return void (me.value = error.who);
      if (isRefusal(error)) return void (refusal.value = error);
      failure.value = failureIn(error);
    }
    if (left.aborted) return;
    if (begun.wasHeard) failed = 0;
    // Where the log does not go on, the server is there all the same.
    isOpen.value = hasGap && begun.wasHeard;
    say(standing());
    await pause(WAITS_MS[Math.min(failed, WAITS_MS.length - 1)] ?? 0, left);
  }
}

/** What asking again does not change. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && !isPassing(error);
}

function failureIn(error: unknown): NonNullable<typeof failure.value> {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  return { message: `what the server sent cannot be read: ${String(error)}`, hint: null };
}

/** Reads the stream from where the events that are here end, until it ends or does not go on there. */
async function readOn(
  place: Place,
  who: MeDocument,
  say: (piece: Piece) => void,
  left: AbortSignal,
  begun: { wasHeard: boolean },
): Promise<void> {
  let after = events.peek().at(-1) ?? { seq: 0, hash: '' };
  if (hasGap) {
    const log = await get<LogDocument>(about(place, 'log?limit=50'), left);
    if (left.aborted) return;
    events.value = log.events;
    after = log.head;
    hasGap = false;
    say(whole());
  }
  const over = new AbortController();
  try {
    await readStream(place, markText(after), AbortSignal.any([left, over.signal]), (heard) => {
      refuseOther(heard, who);
      begun.wasHeard = true;
      batch(() => {
        isOpen.value = true;
        failure.value = null;
        receive(heard);
      });
      say({ kind: 'heard', heard });
      if (hasGap) over.abort();
    });
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
}

/** Whoever the server takes this browser for now: another one signed in since, elsewhere in it. */
class OtherPerson extends Error {
  readonly who: MeDocument;

  constructor(who: MeDocument) {
    super(`this is ${who.actor}`);
    this.who = who;
  }
}

/** The first word of a stream is for whom it is: what comes behind it is for nobody else. */
function refuseOther(heard: readonly StreamEvent[], who: MeDocument): void {
  const [first] = heard.filter(({ event }) => event === 'me');
  if (first === undefined) return;
  const found = JSON.parse(first.data) as MeDocument;
  if (identityOf(found) !== identityOf(who)) throw new OtherPerson(found);
}

function receive(heard: readonly StreamEvent[]): void {
  batch(() => {
    heardAt.value = Date.now();
    now.value = Date.now();
    for (const event of heard) take(event);
  });
}

function take({ event, data }: StreamEvent): void {
  switch (event) {
    case 'me':
      isOutdated.value ||= me.value != null && (JSON.parse(data) as MeDocument).version !== me.value.version;
      return;
    case 'status':
      // What the server sends is what its own types say; another version is told by `me`.
      status.value = JSON.parse(data) as StatusDocument;
      ahead.value = status.value.at - Date.now();
      troubleSince.value = null;
      return;
    case 'log':
      return takeEvent(JSON.parse(data) as ShownEvent);
    case 'trouble':
      troubleSince.value ??= Date.now();
      return;
    case 'reset':
      hasGap = true;
      if ((JSON.parse(data) as { readonly replaced: boolean }).replaced) replacements.value += 1;
      return;
    default:
  }
}

/** Events are in their order, each once; one that does not go on where the last one was is of another log, or others are missing. */
function takeEvent(event: ShownEvent): void {
  const here = events.peek();
  const last = here.at(-1) ?? { seq: 0, hash: event.prev };
  if (hasGap || here.some(({ hash }) => hash === event.hash)) return;
  hasGap = event.seq !== last.seq + 1 || event.prev !== last.hash;
  if (!hasGap) events.value = [...here, event].slice(-MOST_EVENTS);
}

/** What the answer to a change has is newer than what the stream brought, unless it was overtaken. */
export function learn(answered: StatusDocument): void {
  if (answered.log.seq >= (status.peek()?.log.seq ?? 0)) status.value = answered;
}

function pause(ms: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    left.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
