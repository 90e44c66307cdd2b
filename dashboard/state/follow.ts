import { batch } from '@preact/signals';
import type { MeDocument } from '../../src/server/routes/access.ts';
import type { LogDocument } from '../../src/server/routes/past.ts';
import { markText, type StreamEvent } from '../../src/wire/index.ts';
import { about, ApiError, get, isPassing } from './api.ts';
import { begin, events, failure, hasGap, isOpen, isReading, refusal, startFrom } from './live.ts';
import { hear, standing, whole, type Piece } from './piece.ts';
import type { Place } from './router.ts';
import { identityOf, me, token } from './session.ts';
import { readStream } from './stream.ts';
import { readTogether } from './tabs.ts';
import { receive } from './take.ts';

/** Between attempts to come back, the last one for good. Milliseconds. */
const WAITS_MS = [500, 1_000, 2_000, 5_000] as const;

/**
 * Follows a place until the returned function is called, with one stream for all tabs of this browser that show it to the same
 * person. A stream that ends, fails or falls silent is opened again where it was.
 */
export function follow(place: Place, who: MeDocument): () => void {
  begin();
  const secret = JSON.stringify([identityOf(who), who.version, token.peek()]);
  return readTogether<Piece>(`${place.migration}/${place.environment}`, secret, {
    lead: (say, left) => lead(place, who, say, left),
    hear,
    whole: () => (hasGap.peek() ? null : whole()),
    word: standing,
  });
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
    isOpen.value = hasGap.peek() && begun.wasHeard;
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
  let past = hasGap.peek() ? await get<LogDocument>(about(place, 'log?limit=50'), left) : null;
  const after = past?.head ?? events.peek().at(-1) ?? { seq: 0, hash: '' };
  const over = new AbortController();
  try {
    await readStream(place, markText(after), AbortSignal.any([left, over.signal]), (heard) => {
      refuseOther(heard, who);
      begun.wasHeard = true;
      // Before it is said for whom the stream is, nobody knows whom the past was told.
      const isTold = past !== null && heard.some(({ event }) => event !== 'beat');
      batch(() => {
        isOpen.value = true;
        failure.value = null;
        if (isTold) startFrom(past?.events ?? []);
        receive(heard);
      });
      if (isTold) past = null;
      say(isTold && !hasGap.peek() ? whole() : { kind: 'heard', heard });
      if (hasGap.peek() && past === null) over.abort();
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

/** The first word of a stream is for whom it is: what comes behind it is for nobody else. A server one version older does not say. */
function refuseOther(heard: readonly StreamEvent[], who: MeDocument): void {
  const [first] = heard.filter(({ event }) => event === 'me');
  if (first === undefined) return;
  const found = JSON.parse(first.data) as MeDocument;
  if (identityOf(found) !== identityOf(who)) throw new OtherPerson(found);
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
