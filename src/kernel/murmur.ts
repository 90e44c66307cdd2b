const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * MurmurHash3, the 32-bit variant for x86 (Austin Appleby, public domain), over the UTF-8 bytes of a text. Bytes are
 * made on the way, so nothing is allocated. A lone surrogate counts as U+FFFD, as `TextEncoder` has it.
 *
 * Not for secrets: it decides who is exposed, and names fingerprints.
 *
 * @returns an unsigned 32-bit integer
 */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0;
  let word = 0;
  let bytes = 0;
  const length = text.length;
  for (let at = 0; at < length; at += 1) {
    let code = text.charCodeAt(at);
    let left: number;
    if (code < 0x80) {
      left = 0;
    } else if (code < 0x800) {
      left = 1;
    } else if (code < 0xd800 || code > 0xdfff) {
      left = 2;
    } else {
      const low = code < 0xdc00 && at + 1 < length ? text.charCodeAt(at + 1) : 0;
      if ((low & 0xfc00) === 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        at += 1;
        left = 3;
      } else {
        code = 0xfffd;
        left = 2;
      }
    }
    let byte = left === 0 ? code : (LEAD[left] ?? 0) | (code >> (6 * left));
    for (;;) {
      word |= byte << (8 * (bytes & 3));
      bytes += 1;
      if ((bytes & 3) === 0) {
        hash = mixWord(hash, word);
        word = 0;
      }
      if (left === 0) break;
      left -= 1;
      byte = 0x80 | ((code >> (6 * left)) & 0x3f);
    }
  }
  if ((bytes & 3) !== 0) hash ^= scramble(word);
  return finish(hash ^ bytes);
}

/** First byte of a sequence with 1, 2 or 3 bytes behind it. */
const LEAD = [0, 0xc0, 0xe0, 0xf0] as const;

function scramble(word: number): number {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function mixWord(hash: number, word: number): number {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
