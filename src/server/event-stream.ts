import type { Clock } from '../kernel/index.ts';
import { eventText, type StreamEvent } from '../wire/index.ts';

/** How much may wait for a slow reader before it is cut off. It comes back and resumes. Bytes. */
const MOST_WAITING = 1_000_000;
/** Proxies end what is silent for longer, and a reader takes longer silence for a dead stream. Milliseconds. */
export const BEAT_MS = 5_000;
/** How long a reader waits before it comes back. Milliseconds. */
const RETRY_MS = 1_000;

/** The server's end of a `text/event-stream`. */
export type Sink = {
  /** Sends an event. Nothing happens once the stream is over. */
  send(event: StreamEvent): void;
  /** Whether there is room for more: what is read page by page waits for it. */
  readonly hasRoom: boolean;
  readonly signal: AbortSignal;
  end(): void;
};

/** Open streams, so that they can be ended when the server is. */
export class EventStreams {
  readonly #clock: Clock;
  readonly #sinks = new Set<Sink>();
  /** Streams that were ended since their reader was too slow. */
  cutOff = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#sinks.size;
  }

  /**
   * An answer that goes on until its reader leaves, is too slow, or may no longer read.
   *
   * @param begin gets the stream; what it rejects with ends it
   * @param isOpen asked at every beat
   */
  open(begin: (sink: Sink) => Promise<void>, isOpen: () => boolean): Response {
    const abort = new AbortController();
    let sink: Sink | undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const opened = this.#sinkOf(controller, abort);
          sink = opened;
          this.#sinks.add(opened);
          controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
          const stopBeat = this.#clock.every(BEAT_MS, () => {
            if (isOpen()) opened.send(beatAt(this.#clock.now()));
            else opened.end();
          });
          abort.signal.addEventListener('abort', () => {
            stopBeat();
            this.#sinks.delete(opened);
          });
          opened.send(beatAt(this.#clock.now()));
          begin(opened).catch(() => opened.end());
        },
        cancel: () => sink?.end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
    );
    return new Response(body, { headers: HEADERS });
  }

  endAll(): void {
    for (const sink of this.#sinks) sink.end();
  }

  #sinkOf(controller: ReadableStreamDefaultController<Uint8Array>, abort: AbortController): Sink {
    const end = (): void => {
      if (abort.signal.aborted) return;
      abort.abort();
      try {
        controller.close();
      } catch {
        // The reader went away first.
      }
    };
    return {
      signal: abort.signal,
      get hasRoom() {
        return (controller.desiredSize ?? 0) > MOST_WAITING / 2;
      },
      send: (event) => {
        if (abort.signal.aborted) return;
        if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(encoder.encode(eventText(event)));
        this.cutOff += 1;
        abort.abort();
        // Not closed in order: what waits is thrown away with it.
        controller.error(new Error('the reader is too slow'));
      },
      end,
    };
  }
}

const encoder = new TextEncoder();

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx holds an answer back otherwise.
  'x-accel-buffering': 'no',
};

/** Something that arrives, so that a reader can tell a quiet stream from a dead one. */
function beatAt(now: number): StreamEvent {
  return { id: null, event: 'beat', data: JSON.stringify({ at: now }) };
}
