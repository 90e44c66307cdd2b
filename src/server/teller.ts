import type { EventMark, StoredEvent } from '../store/index.ts';
import { markText } from '../wire/index.ts';
import { shownEvent } from './answers/event.ts';
import type { Sink } from './event-stream.ts';

/**
 * Tells one reader the events of a log, each once and in order.
 *
 * ```
 * in the past ──begin──▶ live: what came meanwhile, then what comes
 *      ├───────reset────▶ live: the same, and the reader has to read the past itself
 *      └──replaced──────▶ live: what comes of another log
 * ```
 */
export class Teller {
  readonly #sink: Sink;
  readonly #held: StoredEvent[] = [];
  /** `null` in the past. */
  #sent: number | null = null;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isInPast(): boolean {
    return this.#sent === null && !this.#sink.signal.aborted;
  }

  get hasRoom(): boolean {
    return this.#sink.hasRoom;
  }

  /** What comes while the past is still being told waits its turn. */
  add(events: readonly StoredEvent[]): void {
    if (this.#sent === null) this.#held.push(...events);
    else this.#tellNewer(events);
  }

  tell(events: readonly StoredEvent[]): void {
    if (this.isInPast) for (const event of events) this.#send(event);
  }

  begin(seq: number): void {
    this.#sent ??= seq;
    this.#tellNewer(this.#held.splice(0));
  }

  /** @param isOther the reader knows another log; else it was away for too long */
  reset(end: EventMark, isOther: boolean): void {
    // The log may have been replaced while this was found out; then that was told.
    if (!this.isInPast) return;
    this.#sendReset(end, isOther);
    this.begin(end.seq);
  }

  replaced(end: EventMark): void {
    this.#held.length = 0;
    this.#sent = end.seq;
    this.#sendReset(end, true);
  }

  #sendReset(end: EventMark, isOther: boolean): void {
    const data = JSON.stringify({ seq: end.seq, replaced: isOther });
    this.#sink.send({ id: markText(end), event: 'reset', data });
  }

  #tellNewer(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (this.#sent !== null && event.seq <= this.#sent) continue;
      this.#sent = event.seq;
      this.#send(event);
    }
  }

  #send(event: StoredEvent): void {
    this.#sink.send({ id: markText(event), event: 'log', data: JSON.stringify(shownEvent(event)) });
  }
}
