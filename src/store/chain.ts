import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/index.ts';
import type { StoredEvent } from './contract.ts';

/** `prev` of the first event of a stream. */
export const GENESIS_HASH = '0'.repeat(64);

/** SHA-256 of UTF-8 text, lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The hash of an event: over everything else in it, so that no member can change unseen. */
export function hashEvent({
  hash: _,
  ...rest
}: StoredEvent | (Omit<StoredEvent, 'hash'> & { hash?: string })): string {
  return sha256(canonicalJson(rest));
}

export type ChainVerdict =
  | { readonly ok: true; readonly head: string; readonly events: number }
  | { readonly ok: false; readonly seq: number; readonly reason: string };

/** Checks a stream from its beginning: no gap, every `prev` the hash before, every hash its event's. */
export function verifyChain(events: readonly StoredEvent[]): ChainVerdict {
  const chain = new ChainCheck();
  chain.add(events);
  return chain.verdict();
}

/** The same for a stream that comes in pages. After the first event that is wrong nothing more is looked at. */
export class ChainCheck {
  #head = GENESIS_HASH;
  #seq = 0;
  #broken: { readonly seq: number; readonly reason: string } | null = null;

  add(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (this.#broken !== null) return;
      const reason = this.#faultOf(event);
      if (reason !== null) this.#broken = { seq: event.seq, reason };
      this.#seq += 1;
      this.#head = event.hash;
    }
  }

  verdict(): ChainVerdict {
    return this.#broken === null
      ? { ok: true, head: this.#head, events: this.#seq }
      : { ok: false, ...this.#broken };
  }

  #faultOf(event: StoredEvent): string | null {
    if (event.seq !== this.#seq + 1) return `sequence ${this.#seq + 1} is missing`;
    if (event.prev !== this.#head) return 'it does not follow the event before it';
    if (hashEvent(event) !== event.hash) return 'its content is not what was hashed';
    return null;
  }
}
