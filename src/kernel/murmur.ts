const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** A hash that was begun: what was mixed in, the bytes of the word that is not full yet, and how many bytes there were. */
export type MurmurState = { readonly hash: number; readonly word: number; readonly bytes: number };

/**
 * MurmurHash3, the 32-bit variant for x86 (Austin Appleby, public domain), over the UTF-8 bytes of a text. Bytes are
 * made on the way, so nothing is allocated. A lone surrogate counts as U+FFFD, as `TextEncoder` has it.
 *
 * Not for secrets: it decides who is exposed, and names fingerprints.
 *
 * @returns an unsigned 32-bit integer
 */
export function murmur3(text: string, seed = 0): number {
  absorb(text, seed | 0, 0, 0);
  return finish();
}

/** Begins a hash with a prefix, so that `murmur3After(begun, key)` is `murmur3(prefix + key)` without making that text. */
export function murmur3Begin(prefix: string, seed = 0): MurmurState {
  absorb(prefix, seed | 0, 0, 0);
  return { hash, word, bytes };
}

export function murmur3After(begun: MurmurState, text: string): number {
  absorb(text, begun.hash, begun.word, begun.bytes);
  return finish();
}

// What `absorb` leaves for `finish`. Nothing comes between the two, and a call returns one number.
let hash = 0;
let word = 0;
let bytes = 0;

function absorb(text: string, hashBefore: number, wordBefore: number, bytesBefore: number): void {
  let mixed = hashBefore;
  let open = wordBefore;
  let shift = (bytesBefore & 3) << 3;
  const { length } = text;
  let at = 0;
  // Keys are nearly always ASCII: a byte a character.
  for (; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) break;
    open |= code << shift;
    shift += 8;
    if (shift === 32) {
      mixed = mixWord(mixed, open);
      open = 0;
      shift = 0;
    }
  }
  hash = mixed;
  word = open;
  bytes = bytesBefore + at;
  if (at < length) absorbUnicode(text, at);
}

function absorbUnicode(text: string, from: number): void {
  const { length } = text;
  for (let at = from; at < length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    if (code < 0x80) absorbByte(code);
    else if (code < 0x800) absorbSequence(code, 1);
    else if (code < 0xd800 || (code > 0xdfff && code < 0x10000)) absorbSequence(code, 2);
    else if (code > 0xffff) {
      absorbSequence(code, 3);
      at += 1;
    } else absorbSequence(REPLACEMENT, 2);
  }
}

/** For half of a surrogate pair without its other half. */
const REPLACEMENT = 0xfffd;
/** First byte of a sequence with 1, 2 or 3 bytes behind it. */
const LEAD = [0, 0xc0, 0xe0, 0xf0] as const;

function absorbSequence(code: number, behind: 1 | 2 | 3): void {
  absorbByte(LEAD[behind] | (code >> (6 * behind)));
  for (let left = behind - 1; left >= 0; left -= 1) absorbByte(0x80 | ((code >> (6 * left)) & 0x3f));
}

function absorbByte(byte: number): void {
  word |= byte << ((bytes & 3) << 3);
  bytes += 1;
  if ((bytes & 3) !== 0) return;
  hash = mixWord(hash, word);
  word = 0;
}

function mixWord(before: number, next: number): number {
  const mixed = before ^ scramble(next);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function scramble(next: number): number {
  const mixed = Math.imul(next, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function finish(): number {
  let mixed = ((bytes & 3) === 0 ? hash : hash ^ scramble(word)) ^ bytes;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The hash of a text as eight hex digits. */
export function hexHash(text: string): string {
  return murmur3(text).toString(16).padStart(8, '0');
}
