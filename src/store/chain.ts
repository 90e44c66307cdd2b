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
  let head = GENESIS_HASH;
  for (const [index, event] of events.entries()) {
    const broken = (reason: string): ChainVerdict => ({ ok: false, seq: event.seq, reason });
    if (event.seq !== index + 1) return broken(`sequence ${index + 1} is missing`);
    if (event.prev !== head) return broken('it does not follow the event before it');
    if (hashEvent(event) !== event.hash) return broken('its content is not what was hashed');
    head = event.hash;
  }
  return { ok: true, head, events: events.length };
}
